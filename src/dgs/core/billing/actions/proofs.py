"""Proofs of payment (SSRD, SSPD, TBP): numbering one, having it made and signed when it is first asked for, withdrawing it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from dgs.core.billing import letters
from dgs.core.billing.errors import NotPaidYet, ProofNotReady
from dgs.core.billing.models import Payment, Proof
from dgs.core.billing.owing import lock_bills, owed_of
from dgs.core.documents import api as documents
from dgs.core.organisations import api as organisations
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.ui import formats

SHORT = "TBP"
OUTGROWN = "Digantikan: jumlah yang ditagih berubah setelah bukti ini terbit."


def issue_proof(*, bill_id: int, now: datetime, payment_id: int | None = None) -> documents.IssuedDocument:
    """The signed proof that a bill is paid in full, or with `payment_id` of that payment; made at the first request.

    Asked for twice, or by two at once, it is one document. A payment that paid the whole bill alone is proved by the proof of the
    bill. Refuses a bill that is not paid in full (NotPaidYet), a payment that is not there or was taken back (NotFound), and
    what cannot be signed now (ProofNotReady); its number is kept for the next try.
    """
    number = _numbered(bill_id, payment_id, now)
    try:
        return _made(number, now)
    except (organisations.NoSignatory, documents.LetterBroken) as refusal:
        raise ProofNotReady from refusal


@retry_on_deadlock
@transaction.atomic
def _numbered(bill_id: int, payment_id: int | None, now: datetime) -> int:
    """The proof's row with its number; short, for the number's row and the bill are held meanwhile."""
    lock_bills([bill_id])
    today = timezone.localdate(now)
    owed = owed_of([bill_id], today).get(bill_id)
    if owed is None:
        raise NotFound
    live = list(Payment.objects.filter(bill=bill_id, undoes=None, undone_by=None).order_by("pk"))
    is_settled = bool(live) and owed.amount == 0 and owed.bill.cancelled_at is None and not owed.bill.written_off
    is_whole = payment_id is None or (is_settled and [one.pk for one in live] == [payment_id])
    if is_whole and not is_settled:
        raise NotPaidYet(number=owed.number)
    payment = live[-1] if is_whole else next((one for one in live if one.pk == payment_id), None)
    if payment is None:
        raise NotFound
    bill = owed.bill
    of_principal = min(bill.principal_paid, bill.total + bill.adjusted)
    amount = of_principal + bill.penalty_paid if is_whole else payment.principal + payment.penalty
    there = Proof.objects.filter(bill=bill_id, is_whole=is_whole, withdrawn_at=None)
    there = (there if is_whole else there.filter(payment=payment)).first()
    if there is not None and there.amount == amount:
        return there.pk
    if there is not None:
        _withdraw(there, OUTGROWN, now=now)
    kind = owed.bill.kind
    short = (kind.receipt_short if kind and is_whole else "") or SHORT
    year = today.year
    return Proof.objects.create(
        bill=owed.bill, payment=payment, is_whole=is_whole, amount=amount, at=now,
        number=f"{short}-{year}-{documents.next_number(f'billing:proof:{short}:{year}'):06d}",
    ).pk


@retry_on_deadlock
@transaction.atomic
def _made(proof_id: int, now: datetime) -> documents.IssuedDocument:
    """The document of a proof; while it is made only the proof is held, so that nobody who pays or numbers waits for it."""
    proof = Proof.objects.select_for_update(of=("self",)).select_related("bill__office__region", "bill__payer", "bill__kind").get(
        pk=proof_id
    )
    if proof.withdrawn_at is not None:
        raise NotFound
    there = documents.document_for(proof.about)
    if there is not None:
        return there
    bill = proof.bill
    signatory = organisations.signatory_of(bill.office, timezone.localdate(now))
    return documents.issue(
        about=proof.about, kind="payment-proof", title=letters.proof_title(proof), number=proof.number, holder=bill.payer.name,
        office=bill.office, letter=letters.source("proof"), data=letters.proof_data(proof, now=now), valid_until=None,
        signatory=signatory, now=now, by=None,
    )


def withdraw_proofs(*, payment: Payment, now: datetime, by=None, is_same_money: bool = False) -> int:
    """A payment is taken back, in the caller's transaction: the proofs that list it are withdrawn; how many.

    `is_same_money`: the same money pays the bill anew at once, so that the proof of the whole stays true.
    """
    listed = Q(is_whole=False, payment=payment)
    if not is_same_money:
        # What a channel told of later pays in the place of the payment that the proof names.
        listed |= Q(is_whole=True, payment__gte=payment.why.get("replaces", payment.pk))
    found = list(
        Proof.objects.select_for_update().filter(listed, bill=payment.bill_id, withdrawn_at=None).order_by("pk")
    )
    with translation.override("id"):
        reason = (
            f"Pembayaran {formats.rupiah(payment.amount)} tanggal {formats.day(payment.paid_on)} "
            "yang tercantum di dalamnya ditarik kembali."
        )
    for proof in found:
        _withdraw(proof, reason, now=now, by=by)
    return len(found)


def withdraw_outgrown(*, bill_id: int, now: datetime, by=None) -> None:
    """A bill that the caller holds asks more than was paid: the proof that all was paid is withdrawn."""
    for proof in Proof.objects.select_for_update().filter(bill=bill_id, is_whole=True, withdrawn_at=None).order_by("pk"):
        _withdraw(proof, OUTGROWN, now=now, by=by)


def _withdraw(proof: Proof, reason: str, *, now: datetime, by=None) -> None:
    # What verification shows to anybody names no person; who did it and why stands in the audit and on the payment.
    proof.withdrawn_at, proof.withdrawn_reason = now, reason
    proof.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    documents.take_back(about=proof.about, reason=reason, by=by, now=now)
