"""The verb `reminders`: what a day will send, as things stand now; it sends nothing."""

from __future__ import annotations

import argparse

from dgs.cli import installation
from dgs.cli.console import Refused, say


def run(options: argparse.Namespace) -> int:
    """Print how many reminders of each kind a day sends; with --all each of them."""
    installation.begin()
    from django.utils import timezone, translation

    from dgs.core.messaging import api as messaging

    today = timezone.localdate()
    day = options.on or today
    if day < today:
        raise Refused(f"{day} is over; what was sent stands on the page of that day, /pengingat/hari/{day}.")
    with translation.override("en"):
        counts, lines = messaging.reminders_on(day, today=today, with_lines=options.all)
        total = sum(counts.values())
        said = "1 reminder" if total == 1 else f"{total:,} reminders"
        say(f"{day}: {said}" + (" due and not sent." if day == today else "."))
        for title, count in sorted(counts.items()):
            say(f"  {count:>9,}  {title}")
        for line in lines:
            about = f"{line.kind.title}, {line.reminder.due_on}"
            if line.has_ended:
                say(f"{about}: its matter has ended, nothing is said")
            elif not line.told:
                say(f"{about}: nobody has confirmed an address")
            for told in line.told:
                say(f"{about}: {', '.join(told.to)}: {told.words.sms}")
    return 0
