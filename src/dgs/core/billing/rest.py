"""The bill in the API: what is owed, what is paid, how to pay; the door for payers' and offices' own programs."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from ninja import Router, Schema

from dgs.core.access.api import Access
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.queries import standing
from dgs.core.billing.scope import open_bill

router = Router(tags=["billing"])


class BillLineOut(Schema):
    """One line; amounts in whole rupiah."""

    account: str
    account_name: str
    description: str
    quantity: float
    unit: int
    amount: int


class PaymentOut(Schema):
    """Money that was applied to the bill; a negative amount was taken back."""

    amount: int
    paid_on: date
    channel: str
    bank_reference: str


class BillOut(Schema):
    """A bill with its standing: open, part, paid, over or cancelled. Amounts in whole rupiah."""

    number: str
    payment_code: str
    title: str
    payer: str
    office: str
    state: str
    total: int
    principal: int
    penalty: int
    paid: int
    remaining: int
    is_late: bool
    issued_at: datetime
    due_on: date
    bank: str
    bank_account: str
    lines: list[BillLineOut]
    payments: list[PaymentOut]


@router.get("/bills/{number}", response=BillOut, summary="A bill and what is paid of it")
def bill(request, number: str):
    """404 when there is no such bill or the token's owner may not see it; a reading by staff is audited."""
    user = getattr(request, "auth", None) or request.user
    now = timezone.now()
    found = open_bill(number, user=user, access=Access(user), now=now)
    stands, account = standing(found), collecting_account()
    return {
        "number": found.number, "payment_code": found.payment_code, "title": found.title, "payer": found.payer.name,
        "office": found.office.name, "state": stands.state, "total": int(stands.total),
        "principal": int(stands.principal), "penalty": int(stands.penalty), "paid": int(stands.paid),
        "remaining": int(stands.remaining), "is_late": stands.is_late, "issued_at": found.issued_at,
        "due_on": stands.due_on, "bank": account.bank, "bank_account": account.number,
        "lines": [
            {"account": line.account_id, "account_name": line.account.name, "description": line.description,
             "quantity": float(line.quantity), "unit": int(line.unit_amount), "amount": int(line.amount)}
            for line in found.lines.select_related("account").order_by("pk")
        ],
        "payments": [
            {"amount": int(one.amount), "paid_on": one.paid_on, "channel": one.channel,
             "bank_reference": (one.line or one.receipt).reference}
            for one in found.payments.select_related("line", "receipt").order_by("pk")
        ],
    }
