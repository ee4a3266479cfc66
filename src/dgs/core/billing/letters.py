"""What the printed papers of a bill are filled from: proof of payment and bill letter; rendering and signing are in documents."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.db.models import Sum
from django.utils import timezone, translation

from dgs.core.billing import codes
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.errors import NoCollectingAccount
from dgs.core.billing.models import Bill, Payment, Proof
from dgs.core.billing.owing import owed_of, steady_until
from dgs.core.billing.queries import plan_of
from dgs.core.billing.spoken import in_words
from dgs.core.billing.ways import ways_to_pay
from dgs.core.documents import api as documents
from dgs.kernel.manifest import Way
from dgs.ui import formats

DATA = Path(__file__).parent / "data"
TITLE = "Tanda Bukti Pembayaran (TBP)"


def source(name: str) -> str:
    """The typst source of a paper: "proof" or "bill"."""
    return (DATA / f"{name}.typ").read_text(encoding="utf-8")


def proof_title(proof: Proof) -> str:
    """How a proof is called: as the kind of charge says, of a single payment always TBP."""
    kind = proof.bill.kind
    if not proof.is_whole or kind is None or not kind.receipt_title:
        return TITLE
    return f"{kind.receipt_title} ({kind.receipt_short})" if kind.receipt_short else kind.receipt_title


def bill_data(bill: Bill) -> dict[str, Any]:
    """Payer, bill and lines as every paper shows them; amounts in whole rupiah."""
    lines = bill.lines.select_related("account").order_by("pk")
    return {
        "language": "id",
        "payer": {"name": bill.payer.name, "address": bill.payer.address},
        "bill": {
            "number": bill.number, "code": codes.grouped(bill.payment_code), "title": bill.title, "total": int(bill.total),
            "adjusted": int(bill.adjusted), "issued_on": timezone.localdate(bill.issued_at).isoformat(),
            "kind": bill.kind.name if bill.kind else "",
        },
        "lines": [
            {
                "account": line.account_id, "account_name": line.account.name, "description": line.description,
                "amount": int(line.amount),
            }
            for line in lines
        ],
    }


def proof_data(proof: Proof, *, now: datetime) -> dict[str, Any]:
    """What the proof shows: the bill, the payments that it proves, their sums, and what is left to pay of the bill."""
    bill = proof.bill
    found = Payment.objects.filter(bill=bill, undoes=None, undone_by=None).select_related("line__account", "receipt__account")
    found = found if proof.is_whole else found.filter(pk=proof.payment_id)
    with translation.override("id"):
        payments = [_payment(one) for one in found.order_by("pk")]
    sums = {name: sum(one[name] for one in payments) for name in ("principal", "penalty", "excess", "amount")}
    refunded = bill.refunds.aggregate(sum=Sum("amount"))["sum"] or 0
    owed = owed_of([bill.pk], timezone.localdate(now))[bill.pk]
    return bill_data(bill) | sums | {
        "payments": payments, "is_whole": proof.is_whole, "words": in_words(sums["amount"]), "left": int(owed.amount),
        "is_cancelled": bill.cancelled_at is not None, "refunded": int(refunded) if proof.is_whole else 0,
    }


def print_bill(bill: Bill, *, now: datetime) -> bytes:
    """The bill as a letter (PDF): what is owed today and every way to pay it, good as long as the amount stays the same.

    A code to scan is issued for it where there is none that is good so long. Refuses (LetterBroken) what cannot be made.
    """
    today = timezone.localdate(now)
    owed = owed_of([bill.pk], today)[bill.pk]
    last = steady_until(owed, today)
    until = timezone.make_aware(datetime.combine(last, time(23, 59, 59)))
    with translation.override("id"):
        channels = ways_to_pay(owed, now=now, may_issue=True, until=until)
        ways = [_way(way) for one in channels for way in one.ways]
        kind = bill.kind if bill.kind and bill.kind.monthly_rate else None
        rate = formats.number((kind.monthly_rate * 100).normalize()) if kind else ""
    try:
        account = collecting_account()
    except NoCollectingAccount:
        account = None
    asked = owed.asked
    data = bill_data(bill) | {
        "state": owed.state, "principal": int(owed.principal), "penalty": int(owed.penalty), "left": int(owed.amount),
        "paid": int(bill.paid), "due_on": owed.due_on.isoformat(), "same_until": last.isoformat(), "today": today.isoformat(),
        "asked": int(asked.amount) if asked else 0, "instalment": asked.number if asked else None,
        "words": in_words(asked.amount if asked else 0), "ways": ways, "rate": rate, "months": kind.max_months if kind else 0,
        "source": kind.basis if kind else "", "is_late": today > owed.due_on,
        "bank": {"name": account.bank, "number": account.number, "holder": account.holder} if account else None,
        "plan": [
            {
                "number": part.number, "due_on": part.due_on.isoformat(), "amount": int(part.amount),
                "covered": int(part.covered), "is_next": asked is not None and part.number == asked.number,
            }
            for part in plan_of(bill, today)
        ],
    }
    frame = documents.letter_frame(data, title="Surat Tagihan", number=bill.number, office=bill.office, now=now)
    return documents.compile_letter(source("bill"), frame)


def _way(way: Way) -> dict[str, Any]:
    return {
        "title": str(way.title), "copies": [[str(label), shown] for label, shown, _copied in way.copies],
        "steps": [str(step) for step in way.steps], "picture": way.picture, "note": str(way.note),
    }


def _payment(one: Payment) -> dict[str, Any]:
    money = one.line or one.receipt
    return {
        "day": one.paid_on.isoformat(), "channel": one.get_channel_display(), "reference": money.reference,
        "bank": money.account.bank if money.account else "", "principal": int(one.principal), "penalty": int(one.penalty),
        "excess": int(one.excess), "amount": int(one.amount),
    }
