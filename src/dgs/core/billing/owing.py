"""What is owed of bills on a day, for paying them: the standing of the database with the bill it belongs to; never writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dgs.core.billing.models import Bill
from dgs.kernel.statements import Columns, Statement

ZERO = Decimal(0)
BILL = Columns(Bill, alias="b")
SELECTED = f"""
SELECT {BILL}, s.principal, s.penalty, s.state, s.due_on, coalesce(k.is_penalty_first, false), p.name, o.name,
       CASE WHEN b.plan = 0 THEN ARRAY[]::numeric[] ELSE ARRAY(
         SELECT sum(i.amount) OVER (ORDER BY i.number) FROM billing_instalment i
         WHERE i.bill_id = b.id AND i.plan = b.plan ORDER BY i.number) END,
       EXISTS (SELECT FROM billing_confirmation c WHERE c.bill_id = b.id AND c.answered_at IS NULL)"""  # noqa: S608 - our own words
BESIDE = """
JOIN billing_standing_on(%(day)s) s ON s.bill_id = b.id JOIN parties_party p ON p.id = b.payer_id
JOIN organisations_office o ON o.id = b.office_id LEFT JOIN billing_chargekind k ON k.id = b.kind_id
"""
OWED = f"{SELECTED} FROM billing_bill b {BESIDE} WHERE "
BY_CODE = Statement(OWED + "b.payment_code = %(code)s")
# One bill is asked for by its id: for an array the database would plan anew each time, which takes longer than the answer.
BY_ID = Statement(OWED + "b.id = %(id)s")
BY_IDS = Statement(OWED + "b.id = ANY(%(ids)s) ORDER BY b.id")
# What is asked only grows with the days, so the last day with the amount of the first is the end of it.
STEADY = Statement("""
SELECT max(d.day)::date FROM generate_series(%(day)s::date, %(day)s::date + 30, interval '1 day') AS d(day)
CROSS JOIN LATERAL billing_standing_on(d.day::date) s
WHERE s.bill_id = %(bill)s AND s.penalty = %(penalty)s
""")
OVER = Statement("SELECT over FROM billing_standing_on(%(day)s) WHERE bill_id = %(bill)s")
ACCRUED = Statement("""
SELECT greatest(0, s.remaining - s.over + b.paid - b.refunded - b.total - b.adjusted)
FROM billing_bill b JOIN billing_standing_on(%(day)s) s ON s.bill_id = b.id WHERE b.id = %(bill)s
""")
LOCK = Statement("SELECT id FROM billing_bill WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE")
LOCK_ONE = Statement("SELECT id FROM billing_bill WHERE id = %(id)s FOR NO KEY UPDATE")
# A bill is held and read by one statement, which sees the database as it was before it waited for the hold. Whatever changes what
# is asked or told of a bill writes its row: if the row that is held is the one that is read, then so is everything else
# (`is_current`). What a payer tells writes it by a trigger of its own (migration 0035).
HOLD = f"""
WITH held AS MATERIALIZED (SELECT id, xmin AS version FROM billing_bill WHERE {{which}} FOR NO KEY UPDATE)
{SELECTED}, held.version = b.xmin AS is_current FROM held JOIN billing_bill b ON b.id = held.id {BESIDE}
"""  # noqa: S608 - our own words
HOLD_ID = Statement(HOLD.format(which="id = %(id)s"))
HOLD_CODE = Statement(HOLD.format(which="payment_code = %(code)s"))


@dataclass(frozen=True)
class Split:
    """How an amount is shared out: principal, penalty, and what is beyond both. In rupiah."""

    principal: Decimal
    penalty: Decimal
    excess: Decimal


@dataclass(frozen=True)
class Payable:
    """What may be paid at once: an instalment (its `number` counts from 1) or, `number` None, all that is left. In rupiah."""

    principal: Decimal
    penalty: Decimal
    number: int | None = None

    @property
    def amount(self) -> Decimal:
        """Principal and penalty together: exactly this is accepted."""
        return self.principal + self.penalty


@dataclass
class Owed:
    """A bill with what is left to pay of it on a day. `principal` and `penalty` go down while money is applied. In rupiah.

    `parts` are the instalments of the plan in force, each with all before it; empty without a plan. What may be paid now is
    said here and nowhere else: all that is left, or the next open instalment with the whole penalty (`payable`). `is_told`: its
    payer has told of a transfer and waits for an answer.
    """

    bill: Bill
    principal: Decimal
    penalty: Decimal
    state: str
    due_on: date
    is_penalty_first: bool
    payer_name: str
    office_name: str
    parts: Sequence[Decimal] = ()
    is_told: bool = False
    came: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """All that is left to pay."""
        return self.principal + self.penalty

    @property
    def is_payable(self) -> bool:
        """Whether money is still asked for."""
        return self.bill.cancelled_at is None and self.amount > 0

    @property
    def next_instalment(self) -> Payable | None:
        """The next open instalment with the penalty of today; None without a plan, and when it is all that is left."""
        upto = next((one for one in self.parts if one > self.came), None)
        if not self.is_payable or upto is None or upto - self.came >= self.principal:
            return None
        return Payable(upto - self.came, self.penalty, self.parts.index(upto) + 1)

    @property
    def payable(self) -> tuple[Payable, ...]:
        """All that is left, and the next instalment where there is one; empty when no money is asked for."""
        if not self.is_payable:
            return ()
        part = self.next_instalment
        return (Payable(self.principal, self.penalty), part) if part else (Payable(self.principal, self.penalty),)

    @property
    def asked(self) -> Payable | None:
        """What a channel that names one amount asks for: the next instalment, else all that is left; None when nothing is."""
        return self.payable[-1] if self.payable else None

    def fits(self, amount: Decimal) -> Payable | None:
        """What of `payable` this amount pays exactly, or None."""
        return next((one for one in self.payable if one.amount == amount), None)

    @property
    def bill_id(self) -> int:
        """The bill's id."""
        return self.bill.id

    @property
    def number(self) -> str:
        """The bill's number."""
        return self.bill.number

    @property
    def payment_code(self) -> str:
        """The bill's payment code, 12 digits."""
        return self.bill.payment_code

    @property
    def title(self) -> str:
        """What the bill is for."""
        return self.bill.title

    def split(self, amount: Decimal) -> Split:
        """Share an amount out: the principal first unless the kind of charge puts the penalty first; the rest is excess.

        Exactly the next instalment is shared out as it was asked for, its principal and the penalty.
        """
        part = self.next_instalment
        if part is not None and amount == part.amount:
            return Split(part.principal, part.penalty, ZERO)
        first, second = (self.penalty, self.principal) if self.is_penalty_first else (self.principal, self.penalty)
        one = min(amount, first)
        two = min(amount - one, second)
        principal, penalty = (two, one) if self.is_penalty_first else (one, two)
        return Split(principal, penalty, amount - one - two)

    def less(self, split: Split) -> None:
        """Count a share as paid."""
        self.principal -= split.principal
        self.penalty -= split.penalty
        self.came += split.principal


def owed_by_code(code: str, on: date) -> Owed | None:
    """The bill of a payment code with what is left to pay on that day, or None; one query."""
    row = BY_CODE.one({"code": code, "day": on})
    return None if row is None else _owed(row)


def owed_of(bills: Iterable[int], on: date) -> dict[int, Owed]:
    """What is left to pay of bills on a day, by bill id; one query."""
    ids = list(bills)
    if not ids:
        return {}
    rows = BY_ID.all({"id": ids[0], "day": on}) if len(ids) == 1 else BY_IDS.all({"ids": ids, "day": on})
    return {found.bill_id: found for found in map(_owed, rows)}


def steady_until(owed: Owed, on: date) -> date:
    """The last day on which as much is asked as on `on`: the due day, or before the next month of a penalty, at most 30 days."""
    if on <= owed.due_on:
        return owed.due_on
    return STEADY.all({"day": on, "bill": owed.bill_id, "penalty": owed.penalty})[0][0] or on


def overpaid_on(on: date, bill_id: int) -> Decimal:
    """What of a bill is paid beyond what it asks on a day and not given back, in rupiah; nought for a bill that is not there."""
    row = OVER.one({"day": on, "bill": bill_id})
    return row[0] if row else ZERO


def accrued_on(on: date, bill_id: int) -> Decimal:
    """All of the penalty that a bill asks on a day, paid or not, in rupiah; nought for a bill that is not there."""
    row = ACCRUED.one({"day": on, "bill": bill_id})
    return row[0] if row else ZERO


def lock_bills(bills: Iterable[int]) -> None:
    """Hold these bills until the transaction ends, in key order, so that two who pay the same ones cannot block each other."""
    ids = sorted(set(bills))
    if len(ids) == 1:
        LOCK_ONE.all({"id": ids[0]})
    elif ids:
        LOCK.all({"ids": ids})


def hold_bill(on: date, *, bill_id: int | None = None, code: str = "") -> Owed | None:
    """Hold the bill of an id or a payment code until the transaction ends, and what is left to pay of it on a day; or None."""
    if bill_id is None:
        row = HOLD_CODE.one({"code": code, "day": on})
    else:
        row = HOLD_ID.one({"id": bill_id, "day": on})
    if row is None:
        return None
    *found, is_current = row
    if not is_current:  # somebody else held and changed it; now nobody can
        return owed_of([found[0]], on)[found[0]]
    return _owed(tuple(found))


def _owed(row: tuple) -> Owed:
    cut = len(BILL)
    bill = BILL.instance(row[:cut])
    return Owed(bill, *row[cut:], came=bill.principal_paid)
