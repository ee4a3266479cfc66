"""Reading bills and money: standing, search, the treasurer's figures, and the check that no rupiah is lost; never writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower

from dgs.core.billing import codes
from dgs.core.billing.models import Bill, BillLine, BillStanding, Finding, Payment, Statement, StatementLine

KEEP = 60
NOT_LISTED = (Finding.MATCHED, Finding.NO_MONEY)


@dataclass(frozen=True)
class Standing:
    """What is owed and paid of one bill, from the view billing_standing. Amounts in rupiah."""

    total: Decimal
    paid: Decimal
    remaining: Decimal
    state: str
    due_on: date
    last_paid_at: datetime | None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to pay."""
        return self.state in {"paid", "over"}

    def is_late(self, today: date) -> bool:
        """Whether something is still owed after the due date."""
        return self.state in {"open", "part"} and self.due_on < today


def standing(bill: Bill) -> Standing:
    """The standing of one bill."""
    return standings([bill])[bill.pk]


def standings(bills: Iterable[Bill]) -> dict[int, Standing]:
    """The standing of several bills by bill id, in one query."""
    rows = BillStanding.objects.filter(bill__in=[bill.pk for bill in bills])
    return {row.pk: _standing(row) for row in rows}


def _standing(row: BillStanding) -> Standing:
    return Standing(row.total, row.paid, row.remaining, row.state, row.due_on, row.last_paid_at)


def bill_for(about: str) -> Bill | None:
    """The bill issued for something such as "cases.case:123", or None."""
    return bills_for([about]).get(about)


def bills_for(things: Iterable[str]) -> dict[str, Bill]:
    """The bills issued for several things, by the thing; one query."""
    return {bill.about: bill for bill in Bill.objects.filter(about__in=list(things))}


def money_of(about: str) -> tuple[Bill, Standing] | tuple[None, None]:
    """The bill issued for a thing and its standing at this moment, in one query; None twice when there is none."""
    bill = Bill.objects.select_related("derived").filter(about=about).first()
    return (bill, _standing(bill.derived)) if bill else (None, None)


def bill_by_number(number: str) -> Bill | None:
    """The bill of a number, with payer and office, or None."""
    return Bill.objects.select_related("payer", "office").filter(number=number).first()


def bills_visible(offices: set[int] | None) -> QuerySet[Bill]:
    """The bills of these offices (None = all)."""
    found = Bill.objects.select_related("payer", "office", "derived")
    return found if offices is None else found.filter(office__in=offices)


def find_bills(text: str, offices: set[int] | None, limit: int = 50) -> list[Bill]:
    """Bills by payment code, number, amount or the beginning of a payer's name, newest first."""
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        return []
    bills = bills_visible(offices)
    digits = "".join(ch for ch in text if ch.isdigit())
    letters = any(ch.isalpha() for ch in text)
    if code := codes.read_code(text):
        found = bills.filter(payment_code=code)
    elif text.upper().startswith("TGH"):
        found = bills.filter(number__startswith=text.upper())
    elif digits and not letters and len(digits) <= 13:
        found = bills.filter(total=int(digits))
    elif letters:
        found = bills.annotate(payer_lower=Lower("payer__name")).filter(payer_lower__startswith=text.lower())
    else:
        return []
    return list(found.order_by("-issued_at")[:limit])


def find_lines(text: str, limit: int = 50) -> list[StatementLine]:
    """Bank lines by amount or by the payment code or words they carry, newest first."""
    text = " ".join(text.replace("\x00", "").split())
    digits = "".join(ch for ch in text if ch.isdigit())
    lines = StatementLine.objects.select_related("account", "finding_bill")
    if not text:
        return []
    if code := codes.read_code(text):
        found = lines.filter(Q(finding_bill__payment_code=code) | Q(payments__bill__payment_code=code)).distinct()
    elif digits and not any(ch.isalpha() for ch in text):
        found = lines.filter(amount=int(digits[:15]))
    else:
        found = lines.filter(Q(text__icontains=text) | Q(reference__icontains=text))
    return list(found.order_by("-booked_on", "-pk")[:limit])


def with_rest() -> QuerySet[StatementLine]:
    """Bank lines with `applied` (to bills) and `rest` (not applied), in rupiah."""
    applied = (
        Payment.objects.filter(line=OuterRef("pk")).order_by().values("line").annotate(sum=Sum("amount")).values("sum")
    )
    return StatementLine.objects.annotate(applied=Coalesce(Subquery(applied), Value(Decimal(0)))).annotate(
        rest=F("amount") - F("applied")
    )


def _in_reach(lines: QuerySet[StatementLine], offices: set[int] | None) -> QuerySet[StatementLine]:
    """Of other offices' bills none, of unknown bills all; who has no office at all (an empty set) reaches nothing."""
    if offices is None:
        return lines
    return lines.filter(Q(finding_bill=None) | Q(finding_bill__office__in=offices)) if offices else lines.none()


def worklist(offices: set[int] | None = None, finding: str = "") -> QuerySet[StatementLine]:
    """Lines nobody has decided about, oldest first; of other offices' bills none, of unknown bills all."""
    lines = (
        with_rest().filter(resolved_at=None).exclude(finding__in=NOT_LISTED)
        .select_related("account", "finding_bill__payer", "finding_bill__office", "finding_bill__derived")
        .order_by("booked_on", "pk")
    )
    lines = _in_reach(lines, offices)
    return lines.filter(finding=finding) if finding else lines


def worklist_counts(offices: set[int] | None = None) -> list[dict]:
    """Findings with the number of undecided lines and their amount, most lines first."""
    lines = _in_reach(StatementLine.objects.filter(resolved_at=None).exclude(finding__in=NOT_LISTED), offices)
    labels = dict(Finding.choices)
    rows = lines.values("finding").annotate(count=Count("pk"), amount=Sum("amount")).order_by("-count", "finding")
    return [{**row, "label": labels[row["finding"]]} for row in rows]


def payments_visible(offices: set[int] | None, first: date, last: date) -> QuerySet[Payment]:
    """Payments booked from first to last day, of these offices (None = all), newest first."""
    found = Payment.objects.filter(paid_on__range=(first, last)).select_related("bill__payer", "bill__office", "line__account")
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    return found.order_by("-paid_on", "-pk")


def revenue_by_day(first: date, last: date, offices: set[int] | None = None) -> list[tuple[date, Decimal, int]]:
    """For each day from first to last: rupiah applied to bills and the number of payments; days without stand as zero."""
    found = Payment.objects.filter(paid_on__range=(first, last))
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    sums = {
        row["paid_on"]: (row["sum"], row["count"])
        for row in found.values("paid_on").annotate(sum=Sum("amount"), count=Count("pk")).order_by()
    }
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(day, *sums.get(day, (Decimal(0), 0))) for day in days]


def revenue_by_account(first: date, last: date, offices: set[int] | None = None) -> list[dict]:
    """Billed amounts of the bills paid in full between two days, by revenue account, largest first; a minute old at most."""
    key = f"billing-by-account:{first}:{last}:{'all' if offices is None else sorted(offices)}".replace(" ", "")
    if (kept := cache.get(key)) is not None:
        return kept
    bills = Payment.objects.filter(paid_on__range=(first, last), bill__derived__state__in=["paid", "over"])
    if offices is not None:
        bills = bills.filter(bill__office__in=offices)
    found = list(
        BillLine.objects.filter(bill__in=bills.values("bill")).values(code=F("account_id"), name=F("account__name"))
        .annotate(amount=Sum("amount")).order_by("-amount", "code")
    )
    cache.set(key, found, KEEP)
    return found


def statements(limit: int = 30) -> list[Statement]:
    """The last statements taken, newest first."""
    found = Statement.objects.defer("content", "parts").select_related("account", "taken_by")
    return list(found.order_by("-taken_at", "-pk")[:limit])


INVARIANT = """
WITH line AS (
  SELECT l.id, l.amount, l.finding, l.resolved_at, COALESCE(p.applied, 0) AS applied
  FROM billing_statementline l
  LEFT JOIN (SELECT line_id, sum(amount) AS applied FROM billing_payment GROUP BY line_id) p ON p.line_id = l.id
)
SELECT
  COALESCE(sum(amount) FILTER (WHERE amount > 0), 0) AS money_in,
  (SELECT COALESCE(sum(amount), 0) FROM billing_payment) AS applied,
  COALESCE(sum(amount - applied) FILTER (WHERE amount > 0 AND finding <> 'matched' AND resolved_at IS NULL), 0) AS listed,
  COALESCE(sum(amount - applied) FILTER (WHERE amount > 0 AND finding <> 'matched' AND resolved_at IS NOT NULL), 0) AS settled,
  count(*) FILTER (WHERE finding = 'matched' AND applied <> amount) AS matched_not_applied,
  count(*) FILTER (WHERE applied > greatest(amount, 0)) AS over_applied,
  (SELECT count(*) FROM billing_statement s
   WHERE s.new_count <> (SELECT count(*) FROM billing_statementline l WHERE l.statement_id = s.id)) AS statements_short
FROM line
"""


@dataclass(frozen=True)
class MoneyCheck:
    """Every rupiah that came in: applied to bills, waiting on the work list, or settled with a note. In rupiah."""

    money_in: Decimal
    applied: Decimal
    listed: Decimal
    settled: Decimal
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is lost and nothing is doubled."""
        return not self.problems


def check_money() -> MoneyCheck:
    """The invariant of this room over all facts: sum of incoming lines = applied + listed + settled with a note."""
    with connection.cursor() as cursor:
        cursor.execute(INVARIANT)
        money_in, applied, listed, settled, not_applied, over, short = cursor.fetchone()
    problems = []
    if money_in != applied + listed + settled:
        problems.append(f"{money_in} came in, but {applied} + {listed} + {settled} is accounted for")
    if not_applied:
        problems.append(f"{not_applied} matched lines are not applied in full")
    if over:
        problems.append(f"{over} lines are applied beyond their amount")
    if short:
        problems.append(f"{short} statements do not have all their lines")
    return MoneyCheck(money_in, applied, listed, settled, tuple(problems))


@dataclass(frozen=True)
class Taken:
    """A statement with the number of its new lines by finding, and the amounts."""

    statement: Statement
    rows: list[dict]

    @property
    def known(self) -> int:
        """How many of its lines had come with an earlier file."""
        return self.statement.line_count - self.statement.new_count


def taken(statement_id: int) -> Taken | None:
    """What became of a statement, or None."""
    statement = Statement.objects.defer("content", "parts").select_related("account", "taken_by").filter(pk=statement_id).first()
    if statement is None:
        return None
    labels = dict(Finding.choices)
    rows = statement.lines.values("finding").annotate(count=Count("pk"), amount=Sum("amount")).order_by("-count", "finding")
    return Taken(statement, [{**row, "label": labels[row["finding"]]} for row in rows])


def listed_line(line_id: int, offices: set[int] | None) -> StatementLine | None:
    """A line that is or was on the work list, when it is in reach of these offices."""
    lines = (
        with_rest().filter(pk=line_id).exclude(finding__in=NOT_LISTED)
        .select_related("account", "statement", "resolved_by")
        .select_related("finding_bill__payer", "finding_bill__office", "finding_bill__derived")
        .defer("statement__content", "statement__parts")
    )
    return _in_reach(lines, offices).first()


def bills_like(line: StatementLine, offices: set[int] | None, limit: int = 5) -> list[Bill]:
    """Open bills to which a line might belong: the one whose code it carries, then those over the same amount, newest first."""
    bills = bills_visible(offices).filter(cancelled_at=None, derived__state__in=["open", "part"])
    found = list(bills.filter(pk=line.finding_bill_id)) if line.finding_bill_id else []
    same = bills.filter(total=line.amount, issued_at__date__lte=line.booked_on).exclude(pk__in=[b.pk for b in found])
    return found + list(same.order_by("-issued_at")[:limit])
