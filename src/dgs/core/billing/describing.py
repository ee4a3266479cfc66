"""What a proposal would do, in words: what it is, what changes (old, new), and its facts; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from dgs.core.billing.models import Bill, Instalment, Objection, Outcome, Proposal, Receipt, Refund, StatementLine
from dgs.ui import formats


@dataclass
class Described:
    """A proposal in words. `changes` are (what, as it is now, as it would be); `facts` are (what, which)."""

    proposal: Proposal
    title: str
    bill: Bill | None = None
    line: StatementLine | None = None
    receipt: Receipt | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    document: str = ""


@dataclass
class _Known:
    bills: dict[int, Bill]
    lines: dict[int, StatementLine]
    receipts: dict[int, Receipt]
    objections: dict[int, Objection]
    refunds: dict[int, Refund]
    parts: dict[int, list[Instalment]]


def described(proposals: Iterable[Proposal]) -> list[Described]:
    """Each proposal in words, in the order given; what they are about is read together."""
    found = list(proposals)

    def ids(name: str) -> set[int]:
        return {one.values[name] for one in found if isinstance(one.values.get(name), int)}

    bills = Bill.objects.select_related("payer", "derived").in_bulk(ids("bill"))
    planned = [bills[one.values["bill"]] for one in found if one.act == "plan" and one.values["bill"] in bills]
    parts: dict[int, list[Instalment]] = {}
    if any(bill.plan for bill in planned):
        for part in Instalment.objects.filter(bill__in=planned).order_by("bill", "number"):
            parts.setdefault(part.bill_id, []).append(part)
    known = _Known(
        bills, *(rows.in_bulk(ids(name)) if ids(name) else {} for rows, name in (
            (StatementLine.objects, "line"), (Receipt.objects.select_related("bill__payer", "bill__derived"), "receipt"),
            (Objection.objects, "objection"), (Refund.objects, "refund"),
        )), parts,
    )
    return [_described(one, known) for one in found]


def kind_words(kind: str) -> str:
    """What an adjustment is called at the head of a list."""
    words = {
        "reduction": _("Reduction"), "objection": _("Objection granted"), "cancellation": _("Cancellation"),
        "correction": _("Correction"), "write-off": _("Write-off"),
        "shares": _("Penalty counted as principal"),
    }
    return words.get(kind, kind)


def rule_words(rule: str) -> str:
    """What a rule that used money is called on pages; the rules stand in docs/reference/matching.md."""
    words = {
        "code-and-amount": _("code and amount agree"), "code-and-instalment": _("code and instalment agree"),
        "code-and-remaining": _("code and remaining amount agree"), "confirmed-transfer": _("as the payer told us"),
        "reference-and-amount": _("reference and amount agree"), "bill-and-amount": _("bill and amount agree"),
        "deposit-and-amount": _("deposit and amount agree"), "channel-day-sum": _("sum of a channel's day"),
        "refund-number": _("number of the refund"), "line-came-first": _("the bank's line came first"),
        "oldest-first": _("oldest bill first"), "assigned": _("applied by decision"), "decided": _("explained by decision"),
        "undone": _("taken back"),
    }
    return words.get(rule, rule)


def _described(one: Proposal, known: _Known) -> Described:
    values = one.values
    made = Described(
        one, one.get_act_display(), known.bills.get(values.get("bill")), known.lines.get(values.get("line")),
        known.receipts.get(values.get("receipt")), document=values.get("document", ""),
    )
    say = {"adjust": _adjust, "objection": _objection, "cancel": _cancel, "plan": _plan, "refund": _refund, "assign": _assign,
           "withdraw": _withdraw}
    say.get(one.act, _settle)(made, values, known)
    for name, label in (("decision_number", _("Decision")), ("decided_on", _("Day of the decision"))):
        if values.get(name):
            made.facts.append((label, formats.day(values[name]) if name == "decided_on" else values[name]))
    return made


def _adjust(made: Described, values: dict, known: _Known) -> None:
    made.title = kind_words(values["kind"])
    _changed(made, values)


def _changed(made: Described, values: dict) -> None:
    bill, amount, penalty = made.bill, Decimal(values["amount"]), Decimal(values.get("penalty") or 0)
    if bill is None:
        return
    asked, owed = bill.total + bill.adjusted, bill.derived.penalty + bill.penalty_paid
    if amount:
        made.changes.append((_("Principal"), formats.rupiah(asked), formats.rupiah(asked + amount)))
    if penalty:
        made.changes.append((_("Penalty until today"), formats.rupiah(owed), formats.rupiah(max(Decimal(0), owed + penalty))))
    if values.get("account"):
        made.facts.append((_("Revenue account"), values["account"]))


def _objection(made: Described, values: dict, known: _Known) -> None:
    is_granted = values["is_granted"]
    made.title = _("Objection: granted") if is_granted else _("Objection: declined")
    if (objection := known.objections.get(values["objection"])) is not None:
        made.facts.append((_("The payer wrote"), objection.text))
    made.facts.append((_("Answer to the payer"), values["answer"]))
    if is_granted:
        _changed(made, values)


def _cancel(made: Described, values: dict, known: _Known) -> None:
    made.title = _("Cancellation")
    if made.bill is not None:
        standing = made.bill.derived
        made.changes.append((_("Standing"), standing.get_state_display(), _("cancelled")))
        made.changes.append((_("Left to pay"), formats.rupiah(standing.remaining), formats.rupiah(0)))
        if made.bill.paid:
            made.facts.append((_("Already paid, stays booked"), formats.rupiah(made.bill.paid)))


def _plan(made: Described, values: dict, known: _Known) -> None:
    made.title = _("Pay in parts")
    bill = made.bill
    if bill is None:
        return
    before = [(part.due_on, part.amount) for part in known.parts.get(bill.pk, []) if part.plan == bill.plan]
    before = before or [(bill.due_on, bill.total + bill.adjusted)]
    after = [(date.fromisoformat(day), Decimal(amount)) for day, amount in values["parts"]]
    for n in range(max(len(before), len(after))):
        old = _part(before[n]) if n < len(before) else "–"
        new = _part(after[n]) if n < len(after) else "–"
        made.changes.append((_("Part %(n)s") % {"n": n + 1}, old, new))


def _part(part: tuple[date, Decimal]) -> str:
    return f"{formats.day(part[0])}: {formats.rupiah(part[1])}"


def _refund(made: Described, values: dict, known: _Known) -> None:
    made.title = _("Give back what was overpaid")
    if made.bill is not None:
        over = made.bill.derived.over
        made.changes.append(
            (_("Overpaid"), formats.rupiah(over), formats.rupiah(max(Decimal(0), over - Decimal(values["amount"]))))
        )
    made.facts.append((_("Paid to"), f"{values['to_bank']} {values['to_account']}, {values['to_holder']}"))


def _assign(made: Described, values: dict, known: _Known) -> None:
    made.title = _("Apply money to a bill")
    bill, rest = made.bill, made.line.rest if made.line else made.receipt.unapplied if made.receipt else None
    if bill is None or rest is None:
        return
    if values.get("oldest_first"):
        made.title = _("Apply money to all open bills of a payer, the oldest first")
        made.facts.append((_("Payer"), bill.payer.name))
        made.facts.append((_("Undecided of the money"), formats.rupiah(rest)))
        return
    owed = bill.derived.remaining
    amount = values.get("amount")
    taken = min(rest, owed) if amount is None else Decimal(str(amount))
    made.changes.append((_("Left to pay"), formats.rupiah(owed), formats.rupiah(max(Decimal(0), owed - taken))))
    made.changes.append((_("Undecided of the money"), formats.rupiah(rest), formats.rupiah(rest - taken)))
    if taken > owed:
        made.facts.append((_("Overpaid by it"), formats.rupiah(taken - owed)))


def _withdraw(made: Described, values: dict, known: _Known) -> None:
    if (refund := known.refunds.get(values.get("refund"))) is not None:
        made.title = _("Withdraw a refund")
        payee = f"{refund.to_bank} {refund.to_account}, {refund.to_holder}"
        made.facts += [(_("Refund"), refund.number), (_("It was to be paid to"), payee)]
        if made.bill is not None:
            over = made.bill.derived.over
            made.changes.append((_("Overpaid"), formats.rupiah(over), formats.rupiah(over + refund.amount)))
    elif (receipt := made.receipt) is not None:
        # Whose money it is, when whoever decides on it may know: a counter takes for other offices too.
        if receipt.bill_id and receipt.bill.office_id == made.proposal.office_id:
            made.bill = receipt.bill
        made.title = {"cash": _("Give cash back to the payer"), "deposit": _("The deposit was not made")}.get(
            receipt.channel, _("The money never came")
        )
        made.changes.append((_("Receipt"), formats.rupiah(receipt.amount), _("withdrawn")))


def _settle(made: Described, values: dict, known: _Known) -> None:
    made.title = _("Take off the list")
    if outcome := dict(Outcome.choices).get(values.get("outcome", "")):
        made.facts.append((_("What the money was"), str(outcome)))
    if (refund := known.refunds.get(values.get("refund"))) is not None:
        made.facts.append((_("Refund"), refund.number))
    if made.line is not None:
        amount = Decimal(str(values["amount"])) if values.get("amount") is not None else made.line.rest
        rest = made.line.rest
        made.changes.append((_("Undecided of the money"), formats.rupiah(rest), formats.rupiah(rest - amount)))
