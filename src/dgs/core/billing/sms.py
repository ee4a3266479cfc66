"""Bills by SMS: what is owed and how to pay it (TAGIHAN), and telling of a transfer (BAYAR).

A bill is shown to its payer only, as on the pages: to the number that the payer, or who acts for a paying business, confirmed.
Anybody else is told the same whether there is such a bill or not. What is told of a transfer pays nothing by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import api as accounts
from dgs.core.billing import codes, confirmation_text, queries
from dgs.core.billing.actions.hearing import hear, missing_in
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.confirmation_text import Told
from dgs.core.billing.contacts import of_address
from dgs.core.billing.errors import NoCollectingAccount
from dgs.core.billing.models import Bill
from dgs.core.billing.owing import owed_of
from dgs.core.billing.scope import paying_parties
from dgs.core.messaging.api import Answer, Sms, cut, in_gsm
from dgs.kernel.manifest import SmsCommand
from dgs.ui import formats

MOST_LISTED = 3
TOLD_A_DAY = 20
# As they are labelled in a line that confirmation_text reads.
LABELS = {"bill": "Tagihan", "bills": "Tagihan", "transfer": "Nomor transfer", "day": "Tanggal", "when": "Tanggal", "hour": "Jam"}
PARTS = ("bills", "transfer_number", "day", "hour", "zone", "amount")


def tagihan(sms: Sms) -> str:
    """What is owed: of one bill, or the open ones of whoever confirmed this number."""
    if not sms.rest:
        return _own(sms)
    told = confirmation_text.read(f"Tagihan: {sms.rest}", timezone.localdate(sms.now)).bills
    if not told:
        return _("This is no number of a bill (TGH-2026-000123) nor a payment code (12 digits). Please check it.")
    bill = _bill(told[0])
    if bill is None or not is_payers_number(bill, sms):
        return _("Bills are told only to the payer's confirmed number. Sign in at %(link)s, or confirm this number: ACCOUNT") % {
            "link": settings.BASE_URL + reverse("billing:mine")
        }
    return _whole(bill, sms)


def bayar(sms: Sms) -> str | Answer:
    """Take down a transfer: bill, its number, day and hour; what is missing is asked for."""
    return _told(sms, confirmation_text.read(f"BAYAR {sms.rest}", timezone.localdate(sms.now)))


def bayar_on(sms: Sms, known: dict) -> str | Answer:
    """The part that was missing; what else stands in the answer counts where nothing was known."""
    asked, said, today, before = known["asked"], sms.rest, timezone.localdate(sms.now), _thawed(known)
    read = confirmation_text.read(said, today)
    if asked == "transfer" and read.day is None and read.hour is None:
        said = "".join(said.split())  # banks print the number in groups
    read = confirmation_text.read(f"{LABELS[asked]}: {said}", today)
    if asked == "bills":
        before = replace(before, bills=())
    elif asked == "when":
        before = replace(before, day=read.day or before.day, hour=None if read.hour else before.hour)
    filled = {name: getattr(read, name) for name in PARTS if getattr(before, name) in (None, "", ())}
    return _told(sms, replace(before, **filled))


def _frozen(told: Told) -> dict:
    at = {name: value.isoformat() if (value := getattr(told, name)) is not None else None for name in ("day", "hour")}
    amount = None if told.amount is None else str(told.amount)
    return {"bills": list(told.bills), "transfer_number": told.transfer_number, "zone": told.zone, "amount": amount, **at}


def _thawed(known: dict) -> Told:
    return Told(
        bills=tuple(known["bills"]), transfer_number=known["transfer_number"], zone=known["zone"],
        day=date.fromisoformat(known["day"]) if known["day"] else None,
        hour=time.fromisoformat(known["hour"]) if known["hour"] else None,
        amount=Decimal(known["amount"]) if known["amount"] else None,
    )


def is_payers_number(bill: Bill, sms: Sms) -> bool:
    """Whether this number was confirmed by the payer, or by somebody who acts for the paying business today."""
    who = of_address(bill, sms.number, timezone.localdate(sms.now))
    return who is not None and who.is_payer


def _bill(told: str) -> Bill | None:
    found = Bill.objects.select_related("payer", "office")
    return found.filter(number=told).first() if told.startswith("TGH-") else found.filter(payment_code=told).first()


def _open_ones(sms: Sms) -> list[Bill]:
    user = accounts.user_by_id(sms.whose.user_id)
    bills = queries.bills_of(paying_parties(user, timezone.localdate(sms.now)))
    return list(bills.filter(derived__state__in=["open", "part"])[:50])


def _own(sms: Sms) -> str:
    if sms.whose is None:
        return _("This number belongs to no account yet, so we cannot tell whose bills to look for. Make an account: ACCOUNT")
    bills = _open_ones(sms)
    if not bills:
        return _("You have no open bills.")
    if len(bills) == 1:
        return _whole(bills[0], sms)
    owed = owed_of([bill.pk for bill in bills], timezone.localdate(sms.now))
    lines = [
        _("%(number)s %(amount)s by %(due)s") % {
            "number": bill.number, "amount": formats.rupiah(owed[bill.pk].amount), "due": formats.day(owed[bill.pk].due_on)
        }
        for bill in bills[:MOST_LISTED]
    ]
    head = _("%(count)s open bills:") % {"count": len(bills)}
    return "\n".join([head, *lines, _("How to pay: BILL and the number.")])


def _whole(bill: Bill, sms: Sms) -> str:
    today = timezone.localdate(sms.now)
    owed = owed_of([bill.pk], today)[bill.pk]
    if bill.cancelled_at:
        return _("Bill %(number)s was cancelled. Nothing is to be paid.") % {"number": bill.number}
    if not owed.is_payable:
        return _("Bill %(number)s is paid in full. Thank you.") % {"number": bill.number}
    asked = owed.asked
    values = {
        "number": bill.number, "title": cut(in_gsm(bill.title), 30), "amount": formats.rupiah(asked.amount),
        "due": formats.day(owed.due_on), "code": codes.grouped(bill.payment_code),
    }
    told = _("%(number)s %(title)s: %(amount)s") if asked.number is None else _("%(number)s %(title)s: instalment %(amount)s")
    by = _("was due on %(due)s") if owed.due_on < today else _("due on %(due)s")
    parts = [f"{told % values}, {by % values}.", _("Payment code %(code)s.") % values]
    noted = queries.last_confirmation(bill)
    if noted is not None and noted.answered_at is None:
        # Who has told us of a transfer must not pay again while the bank takes its time.
        said = _("You told us of transfer %(transfer)s: do not pay again, we tell you when the bank has booked it.")
        return f"{parts[0]} " + said % {"transfer": cut(in_gsm(noted.transfer_number), 30)}
    try:
        account = collecting_account()
        parts.append(_("Transfer to %(bank)s %(account)s, write the code.") % {
            "bank": cut(account.bank, 24), "account": account.number
        })
    except NoCollectingAccount:
        parts.append(settings.BASE_URL + reverse("billing:bill", args=[bill.number]))
    return " ".join(parts)


def _told(sms: Sms, told: Told) -> str | Answer:
    missing = missing_in(told, sms.now)
    if "bill" in missing and sms.whose is not None and len(bills := _open_ones(sms)) == 1:
        told = replace(told, bills=(bills[0].number,))
        missing = missing_in(told, sms.now)
    if missing:
        question = _questions()[missing[0]]
        if missing[0] == "day" and (wrong := confirmation_text.impossible_day(sms.rest, timezone.localdate(sms.now))):
            question = _("There is no %(day)s. On which day did you transfer?") % {"day": wrong}
        return Answer(question, known={**_frozen(told), "asked": missing[0]})
    try:
        accounts.throttle(kind="sms-transfer", key=sms.number, limit=TOLD_A_DAY, seconds=86400, now=sms.now)
    except accounts.TooManyAttempts as refusal:
        return str(refusal)
    heard = hear(told, contact=sms.number, channel="sms", now=sms.now)
    if heard.who is None or not heard.who.is_payer:
        return _received(told)
    if heard.standing is not None:
        return _("You have told us of transfer %(transfer)s for %(number)s in your account. That stands; change it there.") % {
            "transfer": cut(in_gsm(heard.standing.transfer_number), 30), "number": heard.bill.number
        }
    if heard.refusal is not None:
        return heard.refusal.in_words()
    if heard.made.answered_at is not None:
        return _("Thank you. Transfer %(transfer)s for %(number)s was found at the bank.") % {
            "transfer": cut(in_gsm(heard.made.transfer_number), 30), "number": heard.bill.number
        }
    return _("Noted: transfer %(transfer)s, %(amount)s, for %(number)s. We tell you when the bank has booked it.") % {
        "transfer": cut(in_gsm(heard.made.transfer_number), 30), "amount": formats.rupiah(heard.made.amount),
        "number": heard.bill.number,
    }


def _received(told: Told) -> str:
    return _("Transfer %(transfer)s was noted. If it fits a bill, you hear from us when the bank has booked it. No answer in "
             "3 working days? Check the bill's number.") % {"transfer": cut(in_gsm(told.transfer_number), 30)}


def _questions() -> dict[str, str]:
    return {
        "bill": _("Which bill? Write its number (TGH-2026-000123) or its payment code (12 digits)."),
        "bills": _("One bill at a time, please. Write PAY, one bill, transfer number, day and hour again, or CANCEL."),
        "transfer": _("What is the number of the transfer? It stands on the proof of your bank."),
        "day": _("On which day did you transfer? For example 27-11-2026."),
        "hour": _("At what hour did you transfer? For example 14:30."),
        "when": _("This day and hour cannot be right. Write them again, for example 27-11-2026 14:30."),
    }


COMMANDS = (
    SmsCommand(
        word="TAGIHAN", english=("BILL", "BILLS"), answer=tagihan, order=30,
        usage=gettext_lazy("BILL <bill or payment code>"), help=gettext_lazy("what you owe and how to pay"),
    ),
    SmsCommand(
        word="BAYAR", aliases=("KONFIRMASI",), english=("PAY", "PAID"), answer=bayar, go_on=bayar_on, order=31,
        usage=gettext_lazy("PAY <bill> <transfer number> <day> <hour>"), help=gettext_lazy("tells us of a transfer"),
    ),
)
