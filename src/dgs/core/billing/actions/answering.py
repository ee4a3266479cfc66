"""What payers are told: a transfer they told us of was found or not, an objection was granted or not, a refund is on its way.

Each is said once, in the transaction of the answer. An address that is not the payer's own learns nothing of the bill that it
did not write itself.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dgs.core.billing.contacts import Addressee, of_account, of_address, payers_accounts
from dgs.core.billing.events import ObjectionAnswered, RefundMoved, TransferAnswered
from dgs.core.billing.models import Bill, BillStanding, Confirmation, Objection, Refund
from dgs.core.billing.refusing import in_language, is_about_payment
from dgs.core.billing.scope import is_payer
from dgs.core.messaging import api as messaging
from dgs.ui import formats

NO_BREAK = "\u00a0"


def on_transfer_answered(event: TransferAnswered) -> None:
    """Handler: tell who told us of the transfer, at the address they gave, else the account they have."""
    one = Confirmation.objects.select_related("bill__payer", "bill__office", "by").get(pk=event.confirmation_id)
    to = _teller(one, event.now)
    if to is None:
        return
    with translation.override(to.language):
        subject, body = _found(one, to) if event.outcome == "found" else _refused(one, to)
        _say(f"billing:transfer-answered:{one.pk}", one.bill, to, subject, body, now=event.now)


def on_objection_answered(event: ObjectionAnswered) -> None:
    """Handler: tell who objected what was decided and why."""
    one = Objection.objects.select_related("bill__payer", "bill__office", "by").get(pk=event.objection_id)
    to = _account(one.bill, one.by, event.now)
    if to is None:
        return
    with translation.override(to.language):
        values = {"number": one.bill.number, "answer": one.answer, "link": _link(one.bill)}
        if one.is_granted:
            body = _("Your objection to bill %(number)s was granted. %(answer)s\n%(link)s")
        else:
            body = _("Your objection to bill %(number)s was declined. %(answer)s\n%(link)s")
        subject = _("Your objection to bill %(number)s") % values
        _say(f"billing:objection-answered:{one.pk}", one.bill, to, subject, body % values, now=event.now)


def on_refund_moved(event: RefundMoved) -> None:
    """Handler: tell the payer that a refund was decided, paid out or withdrawn. Of the account only its end is said."""
    one = Refund.objects.select_related("bill__payer", "bill__office").get(pk=event.refund_id)
    to = _account(one.bill, None, event.now)
    if to is None:
        return
    with translation.override(to.language):
        values = {
            "number": one.number, "bill": one.bill.number, "amount": formats.rupiah(one.amount), "bank": one.to_bank,
            "account": f"***{one.to_account[-4:]}",
        }
        if event.what == "decided":
            body = _("Refund %(number)s for bill %(bill)s was approved: %(amount)s goes to account %(account)s at %(bank)s.")
        elif event.what == "paid":
            body = _("Refund %(number)s for bill %(bill)s: the bank has sent %(amount)s to account %(account)s at %(bank)s.")
        else:
            body = _("Refund %(number)s for bill %(bill)s was withdrawn. The %(amount)s stay noted as paid too much.")
        subject = _("Refund for bill %(bill)s") % values
        _say(f"billing:refund-{event.what}:{one.pk}", one.bill, to, subject, body % values, now=event.now)


def _teller(one: Confirmation, now: datetime) -> Addressee | None:
    if one.contact and (found := of_address(one.bill, one.contact, timezone.localdate(now))) is not None:
        return found
    return _account(one.bill, one.by, now)


def _account(bill: Bill, by, now: datetime) -> Addressee | None:
    """The account that did it when it is the payer's, for staff may have done it for them; else the payer's own."""
    today = timezone.localdate(now)
    users = [by] if by is not None and is_payer(bill, by, today) else payers_accounts(bill, today)
    return next((found for found in map(of_account, users) if found is not None), None)


def _values(one: Confirmation) -> dict[str, str]:
    return {
        "transfer": one.transfer_number, "day": formats.day(one.transferred_on), "number": one.bill.number,
        "link": _link(one.bill),
    }


def _found(one: Confirmation, to: Addressee) -> tuple[str, str]:
    values = _values(one)
    subject = _("Your transfer was found")
    if not to.is_payer:
        return subject, _("The transfer %(transfer)s of %(day)s that you told us of was found. Thank you.") % values
    left = BillStanding.objects.get(pk=one.bill_id).remaining
    if left:
        values["left"] = formats.rupiah(left)
        body = _("Your transfer %(transfer)s of %(day)s was found. Of bill %(number)s %(left)s is still to be paid.\n%(link)s")
        return subject, body % values
    return subject, _("Your transfer %(transfer)s of %(day)s was found. Bill %(number)s is paid in full. Thank you.") % values


def _refused(one: Confirmation, to: Addressee) -> tuple[str, str]:
    values = _values(one) | {"reason": in_language(one.answer)}
    subject = _("Your transfer was not found")
    if not to.is_payer:
        if is_about_payment(one.answer):
            values["reason"] = _("Please ask the office that issued the bill.")
        return subject, _("The transfer %(transfer)s of %(day)s that you told us of was not found. %(reason)s") % values
    body = _("Your transfer %(transfer)s of %(day)s for bill %(number)s was not found. %(reason)s\n%(link)s")
    return subject, body % values


def _link(bill: Bill) -> str:
    return f"{settings.BASE_URL}{reverse('billing:bill', args=[bill.number])}"


def _say(key: str, bill: Bill, to: Addressee, subject: str, body: str, *, now: datetime) -> None:
    if to.channel == "sms":  # one no-break space makes an SMS cost twice
        body = body.replace(NO_BREAK, " ")
    messaging.say(
        key=key, channel=to.channel, to=to.to, subject=subject if to.channel == "email" else "", body=body,
        language=to.language, about=f"billing.bill:{bill.pk}", office=bill.office.slug, party_id=to.party_id, now=now,
    )
