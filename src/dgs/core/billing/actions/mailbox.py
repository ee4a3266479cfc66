"""The mail drop DATA_DIR/mail: e-mails in which payers confirm transfers are taken by themselves, and answered with care.

`in` → `working` (while being read) → `done` or `refused`, each with a .txt beside it that says what became of it. An e-mail is
taken in one transaction with its confirmation and its answer, under its Message-ID: taken twice it changes nothing.

Anybody may write an e-mail in anybody's name. So it pays nothing; programs, lists and bounces are never answered, a person not
too often; and an address that is not the payer's own is told the same whether there is such a bill or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dgs.core.billing import confirmation_text, mail_text
from dgs.core.billing.actions.folder import FolderRun, NotYet, fetch_rested, put_away, read_plain
from dgs.core.billing.actions.hearing import Heard, hear, missing_in
from dgs.core.billing.confirmation_text import Told
from dgs.core.billing.contacts import Addressee
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.mail_text import Mail, MailBroken
from dgs.core.billing.models import Bill, Confirmation, ReceivedMail
from dgs.core.messaging import api as messaging
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import RuleBroken
from dgs.kernel.protection import keyed_hash
from dgs.ui import formats

log = logging.getLogger(__name__)
LOCK = 7_300_123
MOST_BYTES = 15 * 1024 * 1024
MOST_A_LOOK = 200
# One sender gets one answer of a kind in that time, and so many of all kinds in a day; all together so many in an hour.
ANSWER_AGAIN = timedelta(minutes=10)
ANSWERS_A_DAY, ANSWERS_AN_HOUR = 6, 300
MAILS_A_DAY = 20
Outcome = ReceivedMail.Outcome


def take_mail(*, now: datetime, root: Path | None = None) -> FolderRun:
    """Look once: take every e-mail that rested since the last look; of two that look at once one does nothing."""
    root = root or settings.DATA_DIR / "mail"
    folders = {name: root / name for name in ("in", "working", "done", "refused")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return FolderRun()
        try:
            return _look(root, folders, now=now)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _look(root: Path, folders: dict[str, Path], *, now: datetime) -> FolderRun:
    taken, refused = [], []
    waiting = fetch_rested(root, folders)
    # What a worker left here when it died is taken again: its Message-ID says whether that was done already.
    for path in sorted(p for p in folders["working"].rglob("*") if p.is_symlink() or not p.is_dir())[:MOST_A_LOOK]:
        if path.name.startswith("."):  # half a copy; the whole still lies in `in`
            path.unlink()
            continue
        try:
            (taken if _take_file(path, folders, now=now) else refused).append(path.name)
        except NotYet:
            waiting.append(path.name)
    return FolderRun(tuple(taken), tuple(refused), tuple(waiting))


def _take_file(path: Path, folders: dict[str, Path], *, now: datetime) -> bool:
    with translation.override("id"):
        try:
            data = read_plain(path, MOST_BYTES)
            # The mail drop is one: what comes back of what we sent lies in it too.
            report = messaging.take_bounce(data, now=now)
            if report is None:
                row = take_one(mail_text.read_mail(data), now=now)
                is_taken, said = row.outcome == Outcome.TAKEN, row.said
            else:
                is_taken, said = True, _("A report on an e-mail that we sent (%(said)s).") % {"said": report or "-"}
        except StatementRefused as refusal:
            is_taken, said = False, str(refusal)
        except MailBroken as broken:
            no_sender, no_mail = _("This e-mail does not name one sender."), _("This is no e-mail that can be read.")
            is_taken, said = False, no_sender if str(broken) == "sender" else no_mail
        except (OperationalError, InterfaceError, NotYet):  # nobody's fault, and the next look may find it
            raise
        except OSError as error:
            log.warning("the e-mail %r cannot be read: %s", path.name, error)
            is_taken, said = False, _("The file cannot be read (%(fault)s).") % {"fault": error.strerror or "?"}
        except Exception:
            log.exception("the e-mail %r could not be taken", path.name)
            is_taken = False
            said = _("The e-mail could not be taken because of a fault of the program; it was written into the log.")
        put_away(path, folders["done" if is_taken else "refused"], said, now=now)
    return is_taken


@retry_on_deadlock
def take_one(mail: Mail, *, now: datetime) -> ReceivedMail:
    """Take one e-mail: the confirmation it brings, the answer to its sender, and that it was taken; a second time, the first."""
    with transaction.atomic():
        there = ReceivedMail.objects.filter(key=mail.key).first()
        if there is not None:
            return there
        row = ReceivedMail(key=mail.key, sender=keyed_hash(mail.sender, "billing-mail") if mail.sender else "", at=now)
        if sign := mail.automatic or _is_ours(mail.sender):
            row.outcome, row.said = Outcome.AUTOMATIC, _("Written by a program or sent to a list (%(sign)s); not answered.") % {
                "sign": sign
            }
        else:
            _take_persons(row, mail, now=now)
        row.said = row.said[:1000]
        row.save()
    return row


def _is_ours(sender: str) -> str:
    return "From" if sender == parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower() else ""


def _take_persons(row: ReceivedMail, mail: Mail, *, now: datetime) -> None:
    told = confirmation_text.read(mail.text, timezone.localdate(now))
    # Said before any bill is looked for, so that it is the same whether there is one.
    if missing := missing_in(told, now):
        row.outcome, row.said = Outcome.MISSING, _("Missing: %(what)s.") % {"what": ", ".join(_names()[name] for name in missing)}
        _answer(row, mail.sender, None, lambda: _ask(missing), now=now)
        return
    row.outcome, row.said = Outcome.REFUSED, ""
    if ReceivedMail.objects.filter(sender=row.sender, at__gt=now - timedelta(days=1)).count() >= MAILS_A_DAY:
        row.said = _("More than %(count)s e-mails of one sender in a day; not looked at.") % {"count": MAILS_A_DAY}
        return
    heard = hear(told, contact=mail.sender, channel="email", now=now)
    _say_back(row, mail, told, heard, now=now)


def _say_back(row: ReceivedMail, mail: Mail, told: Told, heard: Heard, *, now: datetime) -> None:
    who, bill = heard.who, heard.bill
    is_payer = who is not None and who.is_payer
    if bill is None:
        row.said = _("Several bills are named.") if heard.is_several else _("There is no bill with this number or payment code.")
        words = None
    elif heard.standing is not None:
        row.said = _("The payer has told of a transfer for bill %(number)s already; this e-mail does not replace it.") % {
            "number": bill.number
        }
        words = lambda: _stands(heard.standing, bill)  # noqa: E731
    elif heard.refusal is not None:
        row.said = heard.refusal.in_words()
        words = lambda: _refusal(heard.refusal)  # noqa: E731
    else:
        made = heard.made
        row.outcome, row.confirmation = Outcome.TAKEN, made
        row.said = _("Taken down for bill %(number)s: transfer %(transfer)s.") % {
            "number": bill.number, "transfer": made.transfer_number
        }
        if made.answered_at is not None:  # then the answer itself was said
            return
        words = lambda: _taken(made, bill)  # noqa: E731
    _answer(row, mail.sender, who, words if words and is_payer else lambda: _received(told), now=now)


def _answer(
    row: ReceivedMail, sender: str, who: Addressee | None, words: Callable[[], tuple[str, str]], *, now: datetime
) -> None:
    """Answer a person, unless it was done often enough. A stranger gets both languages, a payer the one of the account."""
    recent = ReceivedMail.objects.filter(sender=row.sender, answered_at__gt=now - timedelta(days=1))
    # What was taken and what was not are answered alike, so they count as one kind.
    kinds = [Outcome.MISSING] if row.outcome == Outcome.MISSING else [Outcome.TAKEN, Outcome.REFUSED]
    if recent.count() >= ANSWERS_A_DAY or recent.filter(outcome__in=kinds, answered_at__gt=now - ANSWER_AGAIN).exists():
        return
    if ReceivedMail.objects.filter(answered_at__gt=now - timedelta(hours=1)).count() >= ANSWERS_AN_HOUR:
        log.warning("more than %s e-mails were answered within an hour; this one is not", ANSWERS_AN_HOUR)
        return
    languages = [who.language] if who is not None and who.is_payer else ["id", "en"]
    said = []
    for language in languages:
        with translation.override(language):
            said.append(words())
    messaging.say(
        key=f"billing:mail:{row.key}", channel="email", to=sender, subject=said[0][0], language=languages[0],
        body="\n\n— — —\n\n".join(body for _subject, body in said), now=now,
        party_id=who.party_id if who is not None and who.is_payer else None,
    )
    row.answered_at = now


def _names() -> dict[str, str]:
    return {
        "bill": _("the payment code or the number of the bill"), "transfer": _("the number of the transfer"),
        "day": _("the day of the transfer"), "hour": _("the hour of the transfer"), "bills": _("one bill for each e-mail"),
        "when": _("a day and hour that can be right"),
    }


def _ask(missing: list[str]) -> tuple[str, str]:
    lines = "\n".join(f"- {_names()[name]}" for name in missing)
    example = "BAYAR TGH-2026-000123 FT26330ABC 27-11-2026 14:30"
    return _("Your confirmation is not complete"), _(
        "Thank you for your e-mail. Still missing:\n%(lines)s\n\nPlease write again, in one line such as this one:\n"
        "%(example)s\n\n"
        "That is: BAYAR, the payment code or number of the bill, the number of the transfer, its day and its hour."
    ) % {"lines": lines, "example": example}


def _received(told: Told) -> tuple[str, str]:
    return _("Your confirmation was received"), _(
        "What you wrote of transfer %(transfer)s of %(day)s was taken down. When it fits a bill and the bank has booked the "
        "money, you get an answer at this address. If you hear nothing within 3 working days, please check the number of the "
        "bill and ask the office that issued it."
    ) % {"transfer": told.transfer_number, "day": formats.day(told.day)}


def _taken(one: Confirmation, bill: Bill) -> tuple[str, str]:
    return _("Your confirmation was received"), _(
        "We have taken down your transfer %(transfer)s of %(day)s over %(amount)s for bill %(number)s (%(title)s). You are "
        "told as soon as the bank has booked it."
    ) % {
        "transfer": one.transfer_number, "day": formats.day(one.transferred_on), "amount": formats.rupiah(one.amount),
        "number": bill.number, "title": bill.title,
    }


def _stands(one: Confirmation, bill: Bill) -> tuple[str, str]:
    return _("Your confirmation was not taken down"), _(
        "For bill %(number)s you have already told us of transfer %(transfer)s, signed in to your account. That stands. To "
        "change it, please sign in and open the bill."
    ) % {"number": bill.number, "transfer": one.transfer_number}


def _refusal(refusal: RuleBroken) -> tuple[str, str]:
    return _("Your confirmation was not taken down"), refusal.in_words()
