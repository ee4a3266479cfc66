"""Compares the simulated bank's book with ours after a run, rupiah by rupiah, and prints what was found; changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from dgs.core.banking.adversary.book import BRINGS, LISTED, PAYS
from dgs.core.banking.adversary.case import Case, Tally
from dgs.core.banking.adversary.play import Play
from dgs.core.billing import api as billing

SHOWN = 20


@dataclass
class Judgement:
    """What a run has shown: the table by fault, the sums, and everything that is not as it must be."""

    tallies: dict[str, Tally]
    bank: int
    treasury: int
    matched: int
    listed: int
    waiting: int
    checks: int
    wrong: list[str]

    @property
    def ok(self) -> bool:
        """Whether every rupiah stands once and every answer was right."""
        return not self.wrong

    def lines(self) -> list[str]:
        """The table and the verdict, a line each."""
        heads = ("fault", "bills", "sent", "accepted", "hung up", "lines", "matched", "listed", "wrong", "refused with")
        rows = [
            (
                name, one.bills, one.sent, one.accepted, one.dropped, one.lines, one.matched, one.listed, len(one.wrong),
                ", ".join(f"{code} x{count}" for code, count in sorted(one.refused.items())),
            )
            for name, one in sorted(self.tallies.items(), key=lambda item: (item[0] == "none", item[0]))
        ]
        told = [f"{heads[0]:20}" + "".join(f"{head:>9}" for head in heads[1:-1]) + f"  {heads[-1]}"]
        told += [f"{row[0]:20}" + "".join(f"{value:9}" for value in row[1:-1]) + f"  {row[-1]}" for row in rows]
        told += [
            "",
            f"The bank holds Rp {self.bank:,}; our ledger says Rp {self.treasury:,}: Rp {self.matched:,} matched, "
            f"Rp {self.listed:,} listed. Told by channels and not booked by the bank: Rp {self.waiting:,}.",
            f"The books were checked {self.checks} times while it went on, and at the end.",
        ]
        told += [f"WRONG  {line}" for line in self.wrong[:SHOWN]]
        if len(self.wrong) > SHOWN:
            told.append(f"WRONG  and {len(self.wrong) - SHOWN} more")
        told.append("Every rupiah stands exactly once." if self.ok else f"{len(self.wrong)} things are wrong.")
        return told


def judge(play: Play) -> Judgement:
    """Every line, every bill and the sums of both books."""
    book, wrong = play.book, list(play.wrong)
    found = billing.trace_lines(play.account, book.references())
    wrong += _compared(book.counted(), Counter((one.reference, one.booked_on, int(one.amount)) for one in found))
    by_reference = defaultdict(list)
    for one in found:
        by_reference[one.reference].append(one)
        if one.amount != one.applied + one.settled + one.rest:
            wrong.append(f"line {one.reference}: {one.amount} is not {one.applied} + {one.settled} + {one.rest}")
    bills = billing.trace_bills([case.bill.pk for case in play.cases])
    for case in play.cases:
        _judge_lines(case, by_reference)
        _judge_bill(case, bills[case.bill.pk])
    deposited = getattr(play, "deposited", None)
    if deposited and _fates(by_reference.get(deposited.reference, [])) != [BRINGS]:
        wrong.append(f"the deposit {deposited.text} of Rp {deposited.amount:,} was not recognised")
    treasury = int(billing.treasury_of(play.account, book.references()))
    if treasury != book.held:
        wrong.append(f"the bank holds Rp {book.held:,}, the ledger says Rp {treasury:,}")
    wrong += list(billing.check_money().problems)
    for tally in play.tallies.values():
        wrong += tally.wrong
    return Judgement(
        tallies=play.tallies, bank=book.held, treasury=treasury, matched=sum(int(one.applied + one.settled) for one in found),
        listed=sum(int(one.rest) for one in found), waiting=sum(int(one.unsettled) for one in bills.values()),
        checks=play.checks, wrong=wrong,
    )


def _compared(bank: Counter, ours: Counter) -> list[str]:
    missing, extra = bank - ours, ours - bank
    return [f"the bank has {key} {count} times more than we" for key, count in missing.items()] + [
        f"we have {key} {count} times more than the bank" for key, count in extra.items()
    ]


def _judge_lines(case: Case, by_reference: dict) -> None:
    seen = {}
    for booking, _fates_allowed in case.bookings:
        seen[booking.reference] = by_reference.get(booking.reference, [])
    allowed = defaultdict(set)
    for booking, fates in case.bookings:
        allowed[booking.reference] |= set(fates)
    for reference, lines in seen.items():
        for fate in _fates(lines):
            case.must(fate in allowed[reference], f"line {reference} {fate}, it should {' or '.join(sorted(allowed[reference]))}")
    lines = [line for one in seen.values() for line in one]
    listed = sum(int(line.rest) for line in lines)
    case.must(listed == case.expected_listed, f"Rp {listed:,} of its lines are listed, not Rp {case.expected_listed:,}")
    case.tally.lines += len(lines)
    case.tally.matched += sum(line.rest == 0 for line in lines)
    case.tally.listed += sum(line.rest != 0 for line in lines)


def _fates(lines: list) -> list[str]:
    """What became of each line; "in parts" when several things did."""
    found = []
    for line in lines:
        parts = {PAYS: line.applied, BRINGS: line.settled, LISTED: line.rest}
        whole = [fate for fate, amount in parts.items() if amount == line.amount]
        found.append(whole[0] if whole else "in parts")
    return found


def _judge_bill(case: Case, bill) -> None:
    case.must(bill.state == case.state, f"the bill is {bill.state}, it should be {case.state}")
    case.must(bill.receipts == case.receipts, f"{bill.receipts} receipts stand for it, not {case.receipts}")
    case.must(bill.unapplied == case.unapplied, f"Rp {bill.unapplied:,} of its receipts are unapplied, not {case.unapplied:,}")
    case.must(bill.unsettled == case.unsettled, f"Rp {bill.unsettled:,} of its receipts wait for the bank, not {case.unsettled}")
    case.tally.listed += int(bill.unapplied != 0)
