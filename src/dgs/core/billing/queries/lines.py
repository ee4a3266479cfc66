"""Reading what the bank says: statements, their lines, the work list of lines; never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from dgs.core.billing.describing import rule_words
from dgs.core.billing.models import Bill, Finding, Receipt, Settlement, Statement, StatementLine


def _in_reach(lines: QuerySet[StatementLine], offices: set[int] | None) -> QuerySet[StatementLine]:
    """Of other offices' bills none, of unknown bills all; who has no office at all (an empty set) reaches nothing."""
    if offices is None:
        return lines
    return lines.filter(Q(finding_bill=None) | Q(finding_bill__office__in=offices)) if offices else lines.none()


def worklist(offices: set[int] | None = None, finding: str = "") -> QuerySet[StatementLine]:
    """Bank lines that are not explained in whole, oldest first; of other offices' bills none, of unknown bills all."""
    lines = (
        StatementLine.objects.exclude(rest=0)
        .select_related("account", "finding_bill__payer", "finding_bill__office", "finding_bill__derived")
        .order_by("booked_on", "pk")
    )
    lines = _in_reach(lines, offices)
    return lines.filter(finding=finding) if finding else lines


def worklist_counts(offices: set[int] | None = None) -> list[dict]:
    """Findings with the number of lines that wait and what is left of them in rupiah, most lines first."""
    lines = _in_reach(StatementLine.objects.exclude(rest=0), offices)
    labels = dict(Finding.choices)
    rows = lines.values("finding").annotate(count=Count("pk"), amount=Sum("rest")).order_by("-count", "finding")
    return [{**row, "label": labels[row["finding"]]} for row in rows]


def statements(limit: int = 30) -> list[Statement]:
    """The last statements taken, newest first."""
    found = Statement.objects.defer("content").select_related("account", "taken_by")
    return list(found.order_by("-taken_at", "-pk")[:limit])


@dataclass(frozen=True)
class Used:
    """One use of a line's money: a payment to a bill, or a settlement. `key` names it for taking it back.

    What belongs to an office out of reach says its amount and nothing else; what is not `is_ours` is not taken back either.
    """

    key: str
    amount: Decimal
    bill: Bill | None
    target: str
    rule: str
    note: str
    by: object
    approved_by: object
    at: datetime
    can_undo: bool
    is_ours: bool = True

    @property
    def words(self) -> str:
        """The rule as pages call it."""
        return rule_words(self.rule)


def uses_of(source: StatementLine | Receipt, offices: set[int] | None) -> list[Used]:
    """What the money of a line or a receipt was used for, and what was taken back, in the order it happened; what is not of
    these offices (None = all) without telling whose it is."""
    found = []
    for one in source.payments.select_related("bill", "matched_by", "approved_by", "undone_by"):
        used = Used(
            f"payment:{one.pk}", one.amount, one.bill, "", one.rule, one.note, one.matched_by, one.approved_by, one.matched_at,
            one.undoes_id is None and not hasattr(one, "undone_by"),
        )
        found.append(used if offices is None or one.bill.office_id in offices else _hidden(used))
    for one in source.settlements.select_related("line", "receipt__bill", "refund__bill", "by", "approved_by", "undone_by"):
        # What a line was by itself is of no office: all are told it, and who reaches the whole region takes it back.
        is_ours = offices is None or _office_of(one) in offices
        used = Used(
            f"settlement:{one.pk}", one.amount, None, _target(one, source), one.rule, one.note, one.by, one.approved_by, one.at,
            is_ours and one.undoes_id is None and not hasattr(one, "undone_by"), is_ours,
        )
        found.append(used if is_ours or one.outcome and one.receipt is None else _hidden(used))
    return sorted(found, key=lambda one: one.at)


def _office_of(one: Settlement) -> int | None:
    """The office whose bill or cash a settlement is about, or None."""
    if one.refund:
        return one.refund.bill.office_id
    if one.receipt:
        return one.receipt.bill.office_id if one.receipt.bill else one.receipt.office_id
    return None


def _hidden(one: Used) -> Used:
    """All that an officer of another office is told of it."""
    return Used(one.key, one.amount, None, _("of another office"), one.rule, "", None, None, one.at, False, is_ours=False)


def _target(one: Settlement, source: StatementLine | Receipt) -> str:
    if one.line and isinstance(source, Receipt):
        return f"{one.line.booked_on.isoformat()} {one.line.text[:80]}".strip()
    if one.receipt and one.line:
        return f"{one.receipt.get_channel_display()} {one.receipt.reference}".strip()
    return one.refund.number if one.refund else one.get_outcome_display()


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
    """A bank line, when it is in reach of these offices."""
    lines = (
        StatementLine.objects.filter(pk=line_id)
        .exclude(amount=0)
        .select_related("account", "statement")
        .select_related("finding_bill__payer", "finding_bill__office", "finding_bill__derived")
        .defer("statement__content", "statement__parts")
    )
    return _in_reach(lines, offices).first()
