"""The verb `signing-key`: change the key with which DGS signs for the offices' applications."""

from __future__ import annotations

import argparse

from dgs.cli import installation
from dgs.cli.console import Refused, say


def run(options: argparse.Namespace) -> int:
    """Let the next key sign and publish a further one."""
    installation.begin("DGS_FIELD_KEYS", "DGS_AUDIT_KEY")
    from django.utils import timezone, translation

    from dgs.core.signon import api

    with translation.override("en"):
        try:
            key = api.rotate(by=None, now=timezone.now(), is_urgent=options.urgent)
        except api.KeyTooNew as refusal:
            raise Refused(
                f"{refusal} With --urgent it signs at once, and applications that do not know it refuse people."
            ) from None
    say(f"The key {key.kid} signs now. Tokens of the one before stay good until they end.")
    return 0
