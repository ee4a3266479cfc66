"""What somebody writes of a transfer without signing in, by e-mail or SMS: whether it is whole, and taking it down.

Anybody may write in anybody's name. So it pays nothing by itself, and what is said back to one who is not the payer must be the
same whether there is such a bill or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from dgs.core.billing.actions.confirming import OLDEST_DAYS, confirm_transfer
from dgs.core.billing.confirmation_text import Told
from dgs.core.billing.contacts import Addressee, of_address
from dgs.core.billing.models import Bill, Confirmation
from dgs.core.billing.owing import owed_of
from dgs.kernel.errors import RuleBroken


@dataclass(frozen=True)
class Heard:
    """What became of it: taken down (`made`), or not, for `standing` was told before by one who knows better, or `refusal`.

    Without `bill` there is none of this number, or several (`is_several`). `who` is the writer, for that bill.
    """

    bill: Bill | None = None
    is_several: bool = False
    who: Addressee | None = None
    standing: Confirmation | None = None
    refusal: RuleBroken | None = None
    made: Confirmation | None = None


def missing_in(told: Told, now: datetime) -> list[str]:
    """What must still be written: as `told.missing`, "bills" when several are named, "when" for a time that cannot be."""
    missing = told.missing or (["bills"] if len(told.bills) > 1 and told.bills[0].startswith("TGH-") else [])
    if missing:
        return missing
    at = told.at(timezone.get_current_timezone())
    return [] if now - timedelta(days=OLDEST_DAYS) <= at <= now + timedelta(minutes=10) else ["when"]


def hear(told: Told, *, contact: str, channel: str, now: datetime) -> Heard:
    """Take down a whole text (nothing of `missing_in`) that came from an address; in the caller's transaction."""
    bills = list(_bills(told))
    if len(bills) != 1:
        return Heard(is_several=bool(bills))
    bill = bills[0]
    who = of_address(bill, contact, timezone.localdate(now))
    is_payer = who is not None and who.is_payer
    standing = Confirmation.objects.filter(bill=bill, answered_at=None).select_related("by").first()
    # A sender's address proves nothing: what was told signed in is changed by who signs in.
    if standing is not None and (_is_signed_in(standing) or (not is_payer and _is_payers_word(standing, bill, now))):
        return Heard(bill=bill, who=who, standing=standing)
    at = told.at(timezone.get_current_timezone())
    amount = told.amount or owed_of([bill.pk], timezone.localdate(at))[bill.pk].amount
    try:
        with transaction.atomic():
            made = confirm_transfer(
                bill=bill, transfer_number=told.transfer_number, transferred_at=at, amount=amount, channel=channel,
                contact=contact, now=now,
            )
    except RuleBroken as refusal:
        return Heard(bill=bill, who=who, refusal=refusal)
    return Heard(bill=bill, who=who, made=made)


def _bills(told: Told):
    numbers = [one for one in told.bills if one.startswith("TGH-")]
    codes = [one for one in told.bills if one not in numbers]
    found = Bill.objects.select_related("payer", "office")
    return found.filter(number__in=numbers) if numbers else found.filter(payment_code__in=codes)


def _is_signed_in(one: Confirmation) -> bool:
    """Whether a confirmation was told in an account."""
    return one.by_id is not None or one.channel == "web"


def _is_payers_word(one: Confirmation, bill: Bill, now: datetime) -> bool:
    """Whether a confirmation came from an address of the payer."""
    who = of_address(bill, one.contact, timezone.localdate(now)) if one.contact else None
    return who is not None and who.is_payer
