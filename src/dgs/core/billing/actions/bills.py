"""Issuing and cancelling bills; what is paid is never written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.billing.actions.adjusting import adjust, decide_objection
from dgs.core.billing.amounts import LIMIT, whole_rupiah
from dgs.core.billing.chart_of_accounts import charge_kind, revenue_account
from dgs.core.billing.errors import BillAlreadyPaid, BillAmountWrong, NoteMissing
from dgs.core.billing.models import Bill, BillLine
from dgs.kernel.deadlocks import retry_on_deadlock


def issue_bill(
    *,
    about: str,
    payer,
    office,
    title: str,
    lines: Sequence[Any],
    due_on: date,
    now: datetime,
    by=None,
    kind: str = "fee",
    region: str = "",
) -> Bill:
    """A bill over computed lines; the same `about` again gives the bill that is there, whatever the lines.

    `payer` is a Party (or a Person or Business, whose party is taken). Each line has account, description, quantity, unit and
    amount (whole rupiah), as services' FeeLine. `kind` is a kind of charge (data/charge_kinds.yaml), which says what happens
    when it is late; `region` the code of the region of what is charged, for reports. Refuses unknown kinds and
    revenue accounts, amounts that are not whole, negative or 1 trillion and more, and bills over nothing.
    """
    there = Bill.objects.filter(about=about).first()
    if there:
        return there
    read = [_read(line) for line in lines]
    total = sum((line["amount"] for line in read), Decimal(0))
    if not read or total <= 0 or total >= LIMIT:
        raise BillAmountWrong
    accounts = {line["account"]: revenue_account(line["account"]) for line in read}
    rule = charge_kind(kind, timezone.localdate(now))
    party = getattr(payer, "party", payer)
    try:
        with transaction.atomic():
            number, code = _number_and_code(now)
            bill = Bill.objects.create(
                number=number,
                payment_code=code,
                payer=party,
                office=office,
                title=title[:200],
                about=about,
                total=total,
                issued_at=now,
                due_on=due_on,
                kind=rule,
                region=region,
            )
            BillLine.objects.bulk_create(
                BillLine(
                    bill=bill,
                    account=accounts[line["account"]],
                    description=line["description"][:300],
                    quantity=line["quantity"],
                    unit_amount=line["unit"],
                    amount=line["amount"],
                )
                for line in read
            )
            audit.record(
                action="billing.issue_bill",
                by=by,
                subject=f"billing.bill:{bill.pk}",
                now=now,
                person=party.pk,
                office=office.slug,
                facts={"number": number, "total": int(total), "about": about, "due_on": str(due_on)},
            )
    except IntegrityError:
        there = Bill.objects.filter(about=about).first()
        if there is None:
            raise
        return there
    return bill


@retry_on_deadlock
def cancel_bill(
    *,
    bill: Bill,
    reason: str,
    now: datetime,
    by=None,
    part_paid: bool = False,
    decision_number: str = "",
    decided_on: date | None = None,
    document: str = "",
    approved_by=None,
) -> Bill:
    """Withdraw a bill, with the reason and, where there is one, the decision; an open objection is answered by it. Cancelling
    twice changes nothing; refuses once any money arrived for it.

    `part_paid`: what the bill was for has ended, so a part that was paid does not hinder, only the whole does. That part stays
    booked on the bill and the audit row names it; money that comes later stands on the work list as for any cancelled bill.
    """
    reason = reason.strip()
    if not reason:
        raise NoteMissing
    with transaction.atomic():
        held = Bill.objects.select_for_update(of=("self",), no_key=True).select_related("office").get(pk=bill.pk)
        if held.cancelled_at:
            return held
        paid, rest = held.paid, held.total + held.adjusted - held.principal_paid
        if rest <= 0 or (paid and not part_paid):
            raise BillAlreadyPaid(number=held.number)
        adjust(
            held,
            kind="cancellation",
            amount=-rest,
            reason=reason[:300],
            decision_number=decision_number,
            decided_on=decided_on or timezone.localdate(now),
            document=document,
            now=now,
            by=by,
            approved_by=approved_by,
        )
        held.cancelled_at, held.cancelled_reason, held.cancelled_by = now, reason[:300], by
        held.save(update_fields=["cancelled_at", "cancelled_reason", "cancelled_by"])
        for objection in held.objections.filter(decided_at=None).values_list("pk", flat=True):
            decide_objection(
                objection_id=objection, is_granted=True, answer=reason, now=now, by=by, approved_by=approved_by
            )
        audit.record(
            action="billing.cancel_bill",
            by=by,
            subject=f"billing.bill:{held.pk}",
            now=now,
            person=held.payer_id,
            office=held.office.slug,
            facts={"number": held.number, "reason": reason[:300], "paid": int(paid)},
        )
    return held


def _number_and_code(now: datetime) -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, billing_payment_code(seq) FROM nextval('billing_bill_seq') AS seq")
        seq, code = cursor.fetchone()
    return f"TGH-{timezone.localtime(now).year}-{seq:06d}", code


def _read(line: Any) -> dict[str, Any]:
    def value(name: str, default: Any = None) -> Any:
        return line.get(name, default) if isinstance(line, Mapping) else getattr(line, name, default)

    amount, unit = _whole(value("amount")), _whole(value("unit"))
    try:
        quantity = Decimal(str(value("quantity") if value("quantity") is not None else 1)).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise BillAmountWrong from None
    if quantity < 0 or quantity >= Decimal(10) ** 10:
        raise BillAmountWrong
    return {
        "account": str(value("account")),
        "description": str(value("description")),
        "quantity": quantity,
        "unit": unit,
        "amount": amount,
    }


def _whole(value: Any) -> Decimal:
    if isinstance(value, bool | float) or not isinstance(value, int | Decimal):
        raise BillAmountWrong
    return whole_rupiah(value, least=0)
