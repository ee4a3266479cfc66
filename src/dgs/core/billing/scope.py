"""Who may see which bill: the payer, those who act for a paying business, and staff of the office, whose reading is audited."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from dgs.core.access.api import Access
from dgs.core.audit import api as audit
from dgs.core.billing.models import Bill
from dgs.core.billing.permissions import Permission
from dgs.core.billing.queries import bill_by_number
from dgs.core.parties import api as parties
from dgs.kernel.errors import NotFound


def visible_bill(number: str, *, user, access: Access, on: date) -> Bill:
    """The bill of that number, or NotFound when there is none or the person may not see it (the answer is the same)."""
    bill = bill_by_number(number)
    if bill is None or not (is_payer(bill, user, on) or is_staff_for(bill, access)):
        raise NotFound
    return bill


def open_bill(number: str, *, user, access: Access, now: datetime) -> Bill:
    """As `visible_bill`, for the whole bill with its payer: written down as a reading unless the payer opens it."""
    today = timezone.localdate(now)
    bill = visible_bill(number, user=user, access=access, on=today)
    if not is_payer(bill, user, today):
        audit.record_reading(
            by=user, subject=f"billing.bill:{bill.pk}", person=bill.payer_id, purpose=f"bill of {bill.about}", now=now
        )
    return bill


def is_staff_for(bill: Bill, access: Access) -> bool:
    """Whether the person sees the bill as staff: treasury, or any staff role in the office that issued it.

    A bill carries no region, so only what is granted for every region counts.
    """
    return any(
        (held.is_staff or Permission.VIEW_DESK in held.permissions)
        and held.region_code is None
        and (held.offices is None or bill.office_id in held.offices)
        for held in access.grants
    )


def payers_bill(number: str, *, user, on: date) -> Bill:
    """The bill of that number for an act that only its payer does; NotFound for anybody else, also for staff."""
    bill = bill_by_number(number)
    if bill is None or not is_payer(bill, user, on):
        raise NotFound
    return bill


def paying_parties(user, on: date) -> set[int]:
    """The parties whose bills are the person's own on that day: their own, and the businesses that they act for."""
    return set() if user.party_id is None else {user.party_id} | parties.represented_by(user.party_id, on)


def is_payer(bill: Bill, user, on: date) -> bool:
    """Whether the person pays the bill, or acts on that day for the business that does."""
    if user.party_id is None:
        return False
    if bill.payer_id == user.party_id:
        return True
    if bill.payer.kind != "business":
        return False
    acting = bill.payer.business.representations.filter(person__party_id=user.party_id, valid_from__lte=on)
    return acting.filter(Q(valid_to=None) | Q(valid_to__gte=on)).exists()
