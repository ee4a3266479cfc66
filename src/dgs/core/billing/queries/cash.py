"""Reading cash: shifts and their receipts, what is handed over, what the treasurer holds and has deposited; never writes."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection
from django.db.models import Case, F, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from dgs.core.billing.models import CashShift, HandOver, Receipt, RevenueAccount
from dgs.core.organisations import api as organisations

HELD = """
SELECT office, sum(debit - credit) FROM ledger_total WHERE account_id = 'treasurer_cash'
  AND (%(all)s OR office = ANY(%(offices)s))
GROUP BY office HAVING sum(debit - credit) <> 0
"""


def open_shift_of(user) -> CashShift | None:
    """The cashier's open shift with its office, or None."""
    return CashShift.objects.select_related("office").filter(cashier=user, is_closed=False).first()


def last_shift_of(user) -> CashShift | None:
    """The cashier's last shift, which says what the next one probably is."""
    return CashShift.objects.select_related("office").filter(cashier=user).order_by("-opened_at", "-pk").first()


def shift_receipts(shift: CashShift) -> list[Receipt]:
    """The receipts of a shift with their bills, newest first; one that was withdrawn and its withdrawal are both there."""
    return list(shift.receipts.select_related("bill__payer", "undone_by").order_by("-pk"))


def shifts_of(user, limit: int = 10) -> list[CashShift]:
    """The cashier's closed shifts, newest first, with count and hand-over."""
    found = CashShift.objects.filter(cashier=user, is_closed=True).select_related("office", "closing", "hand_over")
    return list(found.order_by("-closing__at")[:limit])


def open_shifts(offices: set[int] | None) -> list[CashShift]:
    """Open shifts of these offices (None = all), the longest open first, with what was taken in each (`taken`); one query."""
    found = CashShift.objects.filter(is_closed=False).select_related("office", "cashier")
    if offices is not None:
        found = found.filter(office__in=offices)
    return list(found.annotate(taken=Coalesce(Sum("receipts__amount"), Decimal(0))).order_by("opened_at", "pk"))


def shift_in_reach(shift_id: int, offices: set[int] | None) -> CashShift | None:
    """A shift with office and cashier, when its office is among these (None = all)."""
    found = CashShift.objects.select_related("office", "cashier").filter(pk=shift_id)
    return (found if offices is None else found.filter(office__in=offices)).first()


def hand_over_in_reach(hand_over_id: int, offices: set[int] | None) -> HandOver | None:
    """A hand-over with its shift and count, when the shift's office is among these (None = all)."""
    found = HandOver.objects.select_related("shift__office", "shift__cashier", "shift__closing__by", "given_by")
    found = found.filter(pk=hand_over_id)
    return (found if offices is None else found.filter(shift__office__in=offices)).first()


def closed_shifts(offices: set[int] | None) -> QuerySet[CashShift]:
    """Closed shifts of these offices (None = all): what waits to be accepted first, then newest first."""
    found = CashShift.objects.filter(is_closed=True).select_related(
        "office", "cashier", "closing__by", "hand_over__accepted_by", "hand_over__given_by"
    )
    if offices is not None:
        found = found.filter(office__in=offices)
    waiting = Case(When(hand_over__isnull=False, hand_over__accepted_at=None, then=Value(0)), default=Value(1))
    return found.order_by(waiting, F("closing__at").desc(), "-pk")


def receipt_in_reach(receipt_id: int, offices: set[int] | None) -> Receipt | None:
    """A cash receipt with shift, bill and office, when its shift's office is among these (None = all)."""
    found = Receipt.objects.select_related("shift__office__region", "shift__cashier", "bill__payer", "bill__office", "undone_by")
    found = found.filter(pk=receipt_id, channel="cash", undoes=None)
    if offices is not None:
        found = found.filter(shift__office__in=offices)
    return found.first()


def treasurer_cash_of(office_id: int) -> Decimal:
    """What the ledger says the treasurer holds in cash for an office, in rupiah."""
    return _held([office_id]).get(office_id, Decimal(0))


def treasurer_cash(offices: set[int] | None) -> list[tuple[object, Decimal]]:
    """The offices (None = all) for which the treasurer holds cash, by name, with how much; two queries."""
    held = _held(None if offices is None else sorted(offices))
    found = {office.pk: office for office in organisations.offices().filter(pk__in=held)}
    return sorted(((found[pk], amount) for pk, amount in held.items() if pk in found), key=lambda row: row[0].name)


def _held(offices: list[int] | None) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"all": offices is None, "offices": offices or []})
        return dict(cursor.fetchall())


# Cash is deposited in the order in which it was accepted: the n-th rupiah accepted is the n-th deposited. What was counted at an
# acceptance holds the payments of its shift in their order; what is missing is missing of the last, what is too much is of none.
PARTS = """
WITH given AS (
  SELECT h.shift_id, h.counted, sum(h.counted) OVER (ORDER BY h.accepted_at, h.id ROWS UNBOUNDED PRECEDING) AS top
  FROM billing_handover h JOIN billing_cashshift s ON s.id = h.shift_id
  WHERE s.office_id = %(office)s AND h.accepted_at IS NOT NULL
), one AS (
  SELECT g.shift_id, g.top, g.top - g.counted AS foot, t.revenue, sum(-t.amount) AS amount, p.id
  FROM given g JOIN billing_receipt r ON r.shift_id = g.shift_id
  JOIN billing_payment p ON p.receipt_id = r.id AND p.undoes_id IS NULL
  JOIN ledger_entry e ON (e.kind = 'payment' AND e.source = p.id)
    OR (e.kind = 'income' AND e.source = p.receipt_id AND e.at = p.matched_at)
  JOIN ledger_posting t ON t.entry_id = e.id AND t.account_id IN ('receivable', 'penalty')
  WHERE NOT EXISTS (SELECT FROM billing_payment u WHERE u.undoes_id = p.id)
  GROUP BY g.shift_id, g.top, g.counted, t.revenue, p.id
), placed AS (
  SELECT revenue, amount, top,
         foot + sum(amount) OVER (PARTITION BY shift_id ORDER BY id, revenue ROWS UNBOUNDED PRECEDING) AS upto
  FROM one
)
SELECT revenue, sum(least(upto, top, %(last)s) - greatest(upto - amount, %(first)s)) FROM placed
WHERE least(upto, top, %(last)s) > greatest(upto - amount, %(first)s) GROUP BY revenue ORDER BY revenue
"""


def deposit_in_reach(receipt_id: int, offices: set[int] | None) -> Receipt | None:
    """A deposit with office and account, when its office is among these (None = all)."""
    found = Receipt.objects.filter(pk=receipt_id, channel="deposit", undoes=None)
    found = found.select_related("office__region", "account", "undone_by")
    return (found if offices is None else found.filter(office__in=offices)).first()


def deposit_parts(deposit: Receipt) -> list[tuple[str, str, Decimal]]:
    """What a deposit is made of as (revenue account, its name, rupiah); together they are its amount.

    The cash of an office is counted through in the order in which it was accepted. What is of no revenue account (found or
    missing at a count, overpaid, taken back) is the last row, with an empty code; it may be negative.
    """
    earlier = Receipt.objects.filter(channel="deposit", undoes=None, undone_by=None, office=deposit.office_id, pk__lt=deposit.pk)
    first = earlier.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"office": deposit.office_id, "first": first, "last": first + deposit.amount})
        rows = cursor.fetchall()
    names = dict(RevenueAccount.objects.filter(pk__in=[code for code, _amount in rows]).values_list("pk", "name"))
    parts = [(code, names.get(code, code), amount) for code, amount in rows if code]
    rest = deposit.amount - sum((amount for _code, _name, amount in parts), Decimal(0))
    return parts + ([("", "", rest)] if rest else [])


def deposits(offices: set[int] | None, limit: int = 20) -> list[Receipt]:
    """The last deposits of these offices (None = all), newest first; `unsettled` is what the bank has not booked yet."""
    found = Receipt.objects.filter(channel="deposit", undoes=None).select_related("office", "account", "undone_by")
    if offices is not None:
        found = found.filter(office__in=offices)
    return list(found.order_by("-received_at", "-pk")[:limit])
