"""Lives through drawn days at a bank and a treasury; what must come of it is noted.

How they ask until they know is in asking.py; what may happen is in days.py; who looks into the watched folder is given.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from dgs.core.banking.actions.qr_codes import usable_code
from dgs.core.banking.adversary.book import FORMATS, Booking, put
from dgs.core.banking.adversary.wire import Answer
from dgs.core.banking.simulator import Sent
from dgs.core.banking.tests import expected
from dgs.core.banking.tests.asking import Asking, Broken
from dgs.core.banking.tests.days import Happening
from dgs.core.banking.tests.expected import ALine
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import AlreadyAccepted, AlreadyUndone, BillCancelled, BillFullyPaid, NoOpenShift, ProposalDecided
from dgs.core.billing.models import Payment, Proposal, StatementLine
from dgs.kernel.errors import RuleBroken


class Living(Asking):
    """One life, day by day."""

    def go(self) -> None:
        """All days, and what is left of statements."""
        self.token = self.ask(self.bank.token(timezone.now())).body["accessToken"]
        late, again = [], []
        for index, day in enumerate(self.life.days):
            for number, one in enumerate(day.happenings):
                if day.so_far == number and self.book.bookings.get(self.dates[index]):
                    self.hand_in(index, index, FORMATS[(FORMATS.index(day.format) + number) % 3])
                getattr(self, "do_" + one.kind)(one, index)
            if index == len(self.life.days) - 1:
                self.to_the_bank(index)
            is_last = index == len(self.life.days) - 1
            if day.handed == "joined" and not is_last:
                continue
            first = index
            while first and self.life.days[first - 1].handed == "joined":
                first -= 1
            if day.handed == "late" and not is_last:
                late.append((first, index, day))
                continue
            for start, last, of in ((first, index, day), *late):
                file = self.hand_in(start, last, of.format)
                again += [file] if file and of.is_twice else []
            late = []
        for file in again:
            self.lay_in(file)

    # What happens.

    def moment(self, index: int) -> datetime:
        """Some time of a day, never to come."""
        noon = datetime.combine(self.dates[index], datetime.min.time(), timezone.get_current_timezone()) + timedelta(hours=12)
        now = timezone.now()
        return min(noon, now) if timezone.localdate(min(noon, now)) == self.dates[index] else now

    def do_account(self, one: Happening, index: int) -> None:
        """A virtual account was paid."""
        bill, n = self.books.bills[one.bill], next(self.numbers)
        request, reference, amount = f"{self.mark}P{n}", f"R{self.mark}N{n}", bill.total + one.wrong
        code = f"{int(bill.code) + 1:012d}" if one.way == "unknown" else bill.code
        said = {"trxDateTime": self.moment(index).isoformat(timespec="seconds"), "referenceNo": reference}

        def call(*, id: str = request, more: int = 0, external: str = "", **changes: str) -> Sent:
            return self.bank.payment(
                self.token, code, amount + more, timezone.now(), request_id=id, external_id=external or self.number(),
                changes=said | changes,
            )

        must = self.books.account_paid(
            f"banking.va:{self.partner.code}:{request}", None if one.way == "unknown" else bill, amount, self.dates[index],
            reference,
        )
        flag = "00" if must == expected.ACCEPTED else "01"

        def status() -> None:
            answer = self._reach(self.bank.status(self.token, code, request, timezone.now()), None)
            told = answer.body.get("virtualAccountData", {}).get("paymentFlagStatus")
            assert (answer.code, told) in {("4042601", None), ("2002600", flag)}, (one, answer)

        def wonder() -> None:
            try:
                status()
            except Broken:
                return

        for answer in [self.ask(call(), meanwhile=wonder)] + self.at_once([call()] * (one.copies - 1)):
            self._is_decided(answer, {must, expected.DIFFERS}, flag)
        first = self.last
        external = first.headers["X-EXTERNAL-ID"]
        for again in one.again:
            if again == "same":
                self._is_decided(self.ask(first), {expected.DIFFERS, must}, flag)
            elif again == "other":
                self._is_decided(self.ask(call(more=1)), {expected.DIFFERS}, "01")
            elif again == "clash":
                answer = self.ask(call(id=f"{request}X", external=external), is_retried=False)
                assert answer.code == "4092500", (one, answer)
            else:
                answer = self.ask(call(flagAdvise="Y" if again == "advice" else "N"))
                self._is_decided(answer, {must, expected.DIFFERS} if self.was_broken else {must}, flag)
        if flag == "00" or one.booked == "twice":
            text = {"both": f"{reference} {code}", "code": code, "reference": reference}[one.named]
            self.book_money(index, amount, f"SNAP VA {text}", one.booked if flag == "00" else "today")

    @staticmethod
    def _is_decided(answer: Answer, codes: set[str], flag: str) -> None:
        told = answer.body.get("virtualAccountData", {}).get("paymentFlagStatus")
        assert answer.code in codes and told == flag, (answer, codes, flag)

    def do_code(self, one: Happening, index: int) -> None:
        """A code was scanned and paid, and perhaps given back."""
        bill, n = self.books.bills[one.bill], next(self.numbers)
        reference, amount, happened = f"Q{self.mark}N{n}", bill.total + one.wrong, self.moment(index)
        row = self.rows[one.bill]
        ours = self.insist(
            lambda: usable_code(partner=self.partner, bill=row, amount=Decimal(bill.total), now=timezone.now())
        ).reference

        def call(*, status: str = "00", more: int = 0, external: str = "", about: str = reference) -> Sent:
            return self.bank.notify(
                self.token, ours, amount + more, timezone.now(), reference=about, status=status,
                external_id=external or self.number(), changes={"paidTime": happened.isoformat(timespec="seconds")},
            )

        if one.way == "before":
            assert self.ask(call(status="04")).code == "2005200"
        receipt = self.books.code_paid(
            f"banking.qris:{self.partner.code}:{reference}", bill, amount, self.dates[index], reference
        )
        if one.way == "before":
            self.books.went_back(receipt)
        for answer in self.at_once([call()] * one.copies):
            assert answer.code == "2005200", (one, answer)
        first = self.last
        if one.way == "after":
            self.books.went_back(receipt)
            assert {self.ask(call(status="05")).code for _twice in range(2)} == {"2005200"}
        for again in one.again:
            if again == "other":
                assert self.ask(call(more=1)).code == "4045218"
            elif again == "clash":
                clash = call(about=f"{reference}X", external=first.headers["X-EXTERNAL-ID"])
                assert self.ask(clash, is_retried=False).code == "4095200"
            else:
                assert self.ask(first if again == "same" else call()).code == "2005200"
        self.book_money(index, amount, f"QRIS {reference}", one.booked)

    def do_transfer(self, one: Happening, index: int) -> None:
        """Money of which only the statement tells."""
        bill = self.books.bills[one.bill]
        nobody = f"{int(bill.code) + 1:012d}"
        if one.way == "twins":
            for _twin in range(2):
                self.book.credit(index, 75_300, "SETORAN KEMBAR", reference=f"T{self.mark}{index}")
            return
        if one.way == "sum":
            told = [r for r in self.books.receipts if r.waits and r.channel == "qris" and r.day == self.dates[index]]
            self.book.credit(index, sum(r.amount for r in told) or 900_300, "SETTLEMENT QRIS")
            return
        amount, text, mark = {
            "code": (bill.total + one.wrong, f"TRSF E-BANKING CR {billing.grouped(bill.code)} SITI", ""),
            "nameless": (bill.total, "SETORAN TUNAI", ""), "unknown": (bill.total + 300, f"TRF {nobody} KEPADA DAERAH", ""),
            "out": (-2500, "BIAYA ADM", ""), "reversal": (-bill.total, f"KOREKSI {bill.code}", "RC"),
        }[one.way]
        self.book.credit(index, amount, text, mark=mark)

    def do_cash(self, one: Happening, index: int) -> None:
        """Cash at the counter, the form sent more than once."""
        token, pk = f"{self.mark}C{next(self.numbers)}", self.rows[one.bill].pk
        total, refused = self.books.bills[one.bill].total, []

        def take() -> Any:
            try:
                return billing.take_cash(
                    bill_id=pk, amount=Decimal(total), tendered=Decimal(total), token=token, by=self.cashier, now=timezone.now()
                )
            except (BillFullyPaid, BillCancelled) as refusal:
                refused.append(refusal.code)

        may = self.books.cash_taken(f"cash:{self.shift.pk}:{token}", self.books.bills[one.bill], self.dates[-1])
        for _copy in range(one.copies):
            assert (self.insist(take) is not None) == may, refused
        self.cash += total if may else 0

    def do_cancel(self, one: Happening, index: int) -> None:
        """The office cancels a bill."""

        def cancel() -> bool:
            try:
                billing.cancel_bill(
                    bill=SimpleNamespace(pk=self.rows[one.bill].pk), reason="ditarik", by=self.treasurer, now=timezone.now()
                )
            except RuleBroken as refusal:
                assert refusal.code == "bill-already-paid"
                return False
            return True

        must = self.books.cancelled(self.books.bills[one.bill])
        assert self.insist(cancel) == must

    def do_match(self, one: Happening, index: int) -> None:
        """The treasury gives a listed line to a bill: one person proposes, another approves."""
        bill, row = self.books.bills[one.bill], self.rows[one.bill]
        line = self.books.to_match(bill)
        if line is None:
            return
        pk = StatementLine.objects.get(account=self.account, reference=line.reference).pk
        subject = f"billing.statementline:{pk}"

        def propose() -> int:
            there = Proposal.objects.filter(subject=subject, decided_at=None).first()
            return (there or actions.propose(
                act="assign", values={"line": pk, "bill": row.pk}, subject=subject, reason="sudah jelas", by=self.treasurer,
                now=timezone.now(), amount=line.amount,
            )).pk

        proposal = self.insist(propose)

        def decide() -> None:
            try:
                actions.decide(proposal_id=proposal, is_approved=True, answer="", by=self.cashier, now=timezone.now())
            except ProposalDecided:
                return

        self.insist(decide)
        self.books.matched(line, bill)

    def do_take_back(self, one: Happening, index: int) -> None:
        """The treasury takes back what was matched by hand."""
        if self.books.taken_back(self.books.bills[one.bill]) is None:
            return
        pk = Payment.objects.get(bill=self.rows[one.bill], rule="assigned", undoes=None, undone_by=None).pk

        def take_back() -> None:
            try:
                actions.take_back_payment(payment_id=pk, reason="salah pasang", by=self.treasurer, now=timezone.now())
            except AlreadyUndone:
                return

        self.insist(take_back)

    def to_the_bank(self, index: int) -> None:
        """The shift ends, its cash is handed over and deposited, and the bank books it."""
        left, notes, now = self.cash, {}, timezone.now()
        for value in billing.NOTES:
            notes[value], left = divmod(left, value)

        def close() -> None:
            try:
                billing.close_shift(notes=notes, reason="", by=self.cashier, now=now)
            except NoOpenShift:
                return

        def accept() -> None:
            try:
                billing.accept_hand_over(hand_over_id=handed.pk, counted=handed.amount, by=self.treasurer, now=now)
            except AlreadyAccepted:
                return

        self.insist(close)
        if self.cash:
            handed = self.insist(lambda: billing.hand_over(shift_id=self.shift.pk, by=self.cashier, now=now))
            self.insist(accept)
            made = self.insist(
                lambda: billing.deposit(
                    office=self.place.office, amount=Decimal(self.cash), account=self.account, token=self.mark,
                    by=self.treasurer, now=now,
                )
            )
            self.books.deposited(made.source, self.cash, self.dates[-1], made.reference)
            self.book.credit(index, self.cash, f"SETORAN {made.reference}")

    # Bookings and statements.

    def book_money(self, index: int, amount: int, text: str, how: str) -> None:
        """Book what a channel told: today, on the next day, twice, in another amount, or never."""
        for _time in range({"never": 0, "twice": 2}.get(how, 1)):
            self.book.credit(index + (how == "next"), amount - 700 * (how == "otherwise"), text)

    def hand_in(self, first: int, last: int, format: str) -> billing.StatementFile | None:
        """The statement over whole days, taken; what is new of it is expected in its order."""
        if not any(self.book.bookings.get(day) for day in self.dates[first : last + 1]):
            return None
        file = self.book.statement(first, last, format)
        self.lay_in(file)
        for day in self.dates[first : last + 1]:
            found: list[Booking] = self.book.bookings.get(day, [])
            for one in found[self.taken[day] :]:
                self.books.booked(ALine(one.reference, day, one.amount, one.text))
            self.taken[day] = len(found)
        return file

    def lay_in(self, file: billing.StatementFile) -> None:
        """Lay a file into the watched folder until it is taken from there."""
        name = f"{next(self.files):03d}-{file.file_name}"
        put(self.folder / "in", name, file.data)
        self._sweep(self, name)
