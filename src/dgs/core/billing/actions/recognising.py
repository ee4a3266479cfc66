"""Which lines of a statement were taken before, and which are new; it reads the lines that are there and changes nothing.

The rule and its reasons: docs/decisions/0015-the-same-bank-line.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from dgs.core.billing.models import BankAccount, Statement
from dgs.core.billing.statements import ParsedLine, Part
from dgs.kernel.statements import Statement as Query

LIKE = Query(
    "SELECT fingerprint, balance, statement_id, part FROM billing_statementline WHERE account_id = %s AND fingerprint = ANY(%s)"
)


def new_lines(account: BankAccount, lines: tuple[ParsedLine, ...], parts: tuple[Part, ...]) -> list[tuple[ParsedLine, str]]:
    """The lines that are not among those of the account yet, in the order of the file, each with its fingerprint.

    The caller holds the lock on the account. The parts of a file are looked at one after the other, as if each had come alone.
    """
    known = _Known()
    alike = [(likeness(line), line) for line in lines]
    for same, balance, part in _there(account, Counter(same for same, _line in alike)):
        known.add(same, balance, part)
    found = []
    for index, group in groupby(alike, key=lambda pair: pair[1].part):
        fresh = known.not_among(list(group), parts[index])
        for same, line in fresh:
            found.append((line, fingerprint(same, known.total[same])))
            known.add(same, line.balance, parts[index])
    return found


def likeness(line: ParsedLine) -> str:
    """What equal lines have in common: day, amount, reference and text."""
    return "\x1f".join([line.booked_on.isoformat(), str(line.amount), line.reference, line.text])


def fingerprint(same: str, before: int) -> str:
    """The hash by which a line is unique in its account: its likeness, and how many equal ones were taken before it."""
    return hashlib.sha256(f"{same}\x1f{before}".encode()).hexdigest()


class _Known:
    """The lines of the account that are like those of the file: how many, at which balances, in which statements."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self.without_balance: Counter[str] = Counter()
        self.begun_at: defaultdict[tuple[str, Decimal | None], list[Part]] = defaultdict(list)
        self.at: defaultdict[tuple[str, Decimal], list[Part]] = defaultdict(list)

    def add(self, same: str, balance: Decimal | None, part: Part) -> None:
        """One line more."""
        self.total[same] += 1
        if balance is None:
            self.without_balance[same] += 1
        else:
            self._place(same, balance, part)

    def _place(self, same: str, balance: Decimal, part: Part) -> None:
        self.begun_at[same, part.opening].append(part)
        self.at[same, balance].append(part)

    def not_among(self, lines: list[tuple[str, ParsedLine]], part: Part) -> list[tuple[str, ParsedLine]]:
        """The lines of one statement that are not among these, each (as given) with its likeness."""
        taken: Counter[tuple[str, Decimal]] = Counter()
        same_start: Counter[str] = Counter()
        left: list[tuple[str, ParsedLine]] = []
        for same, line in lines:
            if same not in self.total or line.balance is None:
                left.append((same, line))
                continue
            here = [other for other in self.at.get((same, line.balance), ()) if not part.is_apart_from(other)]
            if taken[same, line.balance] < len(here):
                other = here[taken[same, line.balance]]
                taken[same, line.balance] += 1
                same_start[same] += other.opening == part.opening
            else:
                left.append((same, line))
        # Where the place in the account says nothing, the count of the day does: as many are known as were there before.
        spare: dict[str, int] = {}
        fresh, placed = [], []
        for same, line in left:
            if same not in self.total:
                fresh.append((same, line))
                continue
            if same not in spare:
                begun = sum(not part.is_apart_from(other) for other in self.begun_at.get((same, part.opening), ()))
                spare[same] = self.total[same] if line.balance is None else begun - same_start[same]
            if spare[same] > 0:
                spare[same] -= 1
            elif line.balance is not None and self.without_balance[same] > 0:
                self.without_balance[same] -= 1
                placed.append((same, line.balance))
            else:
                fresh.append((same, line))
        # A line taken without a balance is one booking: what made a line of this part known does not do so for the next part.
        for same, balance in placed:
            self._place(same, balance, part)
        return fresh


def _there(account: BankAccount, wanted: Counter[str]) -> Iterator[tuple[str, Decimal | None, Part]]:
    """The lines of the account that are like those wanted. Fingerprints count from nought without gaps, so they are asked
    for in growing steps until one is not there."""
    asked: dict[str, tuple[int, int]] = {same: (0, count) for same, count in wanted.items()}
    while asked:
        prints = {fingerprint(same, n): same for same, (low, high) in asked.items() for n in range(low, high)}
        rows = LIKE.all([account.pk, list(prints)])
        parts = _parts({statement for _print, _balance, statement, _part in rows})
        seen: Counter[str] = Counter()
        for print_, balance, statement, index in rows:
            seen[prints[print_]] += 1
            of = parts.get(statement, ())
            yield prints[print_], balance, of[index] if balance is not None and index < len(of) else Part()
        asked = {same: (high, 3 * high - 2 * low) for same, (low, high) in asked.items() if seen[same] == high - low}


def _parts(statements: Iterable[int]) -> dict[int, list[Part]]:
    found = Statement.objects.filter(pk__in=list(statements)).values_list("pk", "parts")
    return {pk: [Part.from_json(one) for one in parts or ()] for pk, parts in found}
