"""The bill in the API: what is owed, what is paid, how to pay; the door for payers' and offices' own programs."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from ninja import Router, Schema

from dgs.core.access.api import Access
from dgs.core.billing.actions import issue_proof
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.owing import owed_of
from dgs.core.billing.queries import proof_of, standing
from dgs.core.billing.scope import open_bill
from dgs.core.documents import api as documents

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
    """Money that was applied to the bill; a negative amount was taken back. `id` asks for its proof."""

    id: int
    amount: int
    paid_on: date
    channel: str
    bank_reference: str


class PayableOut(Schema):
    """An amount that is accepted exactly: of an instalment (its number), or null for all that is left."""

    amount: int
    principal: int
    penalty: int
    instalment: int | None


class ProofOut(Schema):
    """A signed proof of payment that was issued, with the public address at which it is checked."""

    number: str
    code: str
    verify_url: str


class BillOut(Schema):
    """A bill with its standing: open, part, paid, over or cancelled. Amounts in whole rupiah.

    `payable` are the amounts that may be paid now. `proof` is null until the proof of the whole bill was first asked for.
    """

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
    payable: list[PayableOut]
    proof: ProofOut | None


@router.get("/bills/{number}", response=BillOut, summary="A bill and what is paid of it")
def bill(request, number: str):
    """404 when there is no such bill or the token's owner may not see it; a reading by staff is audited."""
    user = getattr(request, "auth", None) or request.user
    now = timezone.now()
    found = open_bill(number, user=user, access=Access(user), now=now)
    stands, account = standing(found), collecting_account()
    owed = owed_of([found.pk], timezone.localdate(now))[found.pk]
    proof = proof_of(found)
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
            {"id": one.pk, "amount": int(one.amount), "paid_on": one.paid_on, "channel": one.channel,
             "bank_reference": (one.line or one.receipt).reference}
            for one in found.payments.select_related("line", "receipt").order_by("pk")
        ],
        "payable": [
            {"amount": int(one.amount), "principal": int(one.principal), "penalty": int(one.penalty), "instalment": one.number}
            for one in owed.payable
        ],
        "proof": proof and {
            "number": proof.number, "code": proof.code, "verify_url": documents.verify_url(proof.code),
        },
    }


@router.get("/bills/{number}/proof", summary="The signed proof of payment as PDF", response={200: None})
def proof(request, number: str, payment: int | None = None):
    """Of the whole bill once it is paid, or of one `payment` (its id). It is made and signed at the first request.

    404 as for the bill or when there is no such payment, 409 while the bill is not paid in full.
    """
    user = getattr(request, "auth", None) or request.user
    now = timezone.now()
    found = open_bill(number, user=user, access=Access(user), now=now)
    document = issue_proof(bill_id=found.pk, payment_id=payment, now=now)
    response = HttpResponse(documents.read_file(document.file), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{document.number}.pdf")
    return response
