"""One bill in the hands of the simulated bank: what it may send and book about it, and what must be answered and become of it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db import connections
from django.utils import timezone

from dgs.core.banking.actions.qr_codes import usable_code
from dgs.core.banking.adversary.book import BRINGS, LISTED, PAYS, Booking
from dgs.core.banking.adversary.wire import BROKEN, Answer
from dgs.core.banking.response_codes import PAYMENT, SERVICES
from dgs.core.banking.simulator import Sent
from dgs.core.billing import api as billing
from dgs.kernel.errors import RuleBroken

ASKED, ASK_EVERY = 40, 0.05
# 120 calls a minute that prove nothing are heard; from well below that on, "too many" is a right answer too.
CROWDED = 100
PAY, REPEATED = SERVICES[PAYMENT], "4042518"


class TheBill(NamedTuple):
    """A bill of the simulation; `total` in rupiah."""

    pk: int
    number: str
    code: str
    total: int
    is_overdue: bool


@dataclass
class Tally:
    """What was sent because of one fault, and what came of it."""

    bills: int = 0
    sent: int = 0
    accepted: int = 0
    dropped: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    matched: int = 0
    listed: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, answer: Answer) -> None:
        """One call and its answer."""
        with self.lock:
            self.sent += 1
            if answer.code.startswith("200"):
                self.accepted += 1
            else:
                self.refused[answer.code or f"HTTP {answer.status}"] += 1


@dataclass
class Case:
    """A bill, its day, and what becomes of it. `play` is the run (play.Play): bank, token, wire, book, cash and clock."""

    play: Any
    fault: str
    bill: TheBill
    index: int
    chance: random.Random
    tally: Tally
    state: str = "paid"
    receipts: int = 0
    unapplied: int = 0
    unsettled: int = 0
    listed_sum: int = 0
    bookings: list[tuple[Booking, tuple[str, ...]]] = field(default_factory=list)
    owed_now: int = 0
    request: str = ""
    external: str = ""
    reference: str = ""
    qris: str = ""
    ours: str = ""
    numbers: int = 0

    def __post_init__(self) -> None:
        self.mark = f"{self.play.run}B{self.bill.pk}"
        day = self.play.days[self.index]
        clock = timedelta(hours=self.chance.randrange(0, 23), minutes=self.chance.randrange(60))
        moment = datetime.combine(day, datetime.min.time(), timezone.get_current_timezone()) + clock
        self.happened_at = min(moment, timezone.now() - timedelta(seconds=2))
        if timezone.localdate(self.happened_at) != day:  # just after midnight: the day of the money must not slip
            self.happened_at = timezone.now()

    # What is expected.

    def must(self, is_so: bool, otherwise: str) -> None:
        """Note what is not as it must be."""
        if not is_so:
            with self.tally.lock:
                self.tally.wrong.append(f"bill {self.bill.number} ({self.fault}): {otherwise}")

    def later(self, rounds: int, act: Callable[[], object]) -> None:
        """Go on some rounds later; after the last day there are two more."""
        self.play.schedule(self.index + rounds, self, act)

    # What is sent.

    def send(self, sent: Sent, *expected: str, flag: str = "") -> Answer:
        """Send a call; one of these codes must come, and with `flag` that paymentFlagStatus.

        What had to be said again may have been heard the first time: then a payment is answered with its first result, whose
        status the bank asks for too, and a question is refused, so that it is asked under a new number.
        """
        answer, is_again = self.play.ask(sent)
        if is_again and PAY in sent.path:
            expected = (*expected, REPEATED)
        while is_again and answer.code.startswith("409") and answer.code not in expected:
            answer, is_again = self.play.ask(sent.having(X_EXTERNAL_ID=self.play.number()))
        self.tally.count(answer)
        self.must(answer.code in expected, f"{sent.path} got {answer.code or answer.status}, not {' or '.join(expected)}")
        if flag:
            told = answer.body.get("virtualAccountData", {}).get("paymentFlagStatus")
            self.must(told == flag, f"{sent.path} was answered with the flag {told}, not {flag}")
        if is_again and PAY in sent.path and flag == "00":
            self.send(self.status(self.request), "2002600", flag="00")
        return answer

    def send_unproven(self, sent: Sent, expected: str) -> Answer:
        """Send a call that proves nothing: refused with this code, or with "too many" when there were many."""
        crowded = (f"429{expected[3:5]}00",) if self.play.wire.is_crowded(CROWDED) else ()
        return self.send(sent, expected, *crowded)

    def hang_up(self, sent: Sent) -> None:
        """Send a call and hang up, now or when the answer begins to come."""
        with suppress(*(BROKEN if self.play.is_killed else ())):
            self.play.wire.hang_up(sent, after_answer=self.chance.random() < 0.7)
        with self.tally.lock:
            self.tally.sent += 1
            self.tally.dropped += 1

    def at_once(self, what: str, calls: Iterable[Sent], **expected: int) -> None:
        """Send calls at the same moment, each from a thread of its own; each code must come as often as expected (_200 = 3).

        Of what had to be said again nobody knows whether it was the first: it may be answered as repeated.
        """
        calls = list(calls)
        gate = threading.Barrier(len(calls))

        def one(sent: Sent) -> tuple[Answer, bool]:
            gate.wait(60)
            return self.play.ask(sent)

        with self.play.crowd, ThreadPoolExecutor(len(calls)) as pool:
            answers = list(pool.map(one, calls))
        for answer, _again in answers:
            self.tally.count(answer)
        codes = Counter(answer.code or f"HTTP {answer.status}" for answer, _again in answers)
        wanted = Counter({code.removeprefix("_"): count for code, count in expected.items()})
        again = sum(is_again for _answer, is_again in answers)
        fewer, more = wanted - codes, codes - wanted
        is_so = fewer.total() <= again and set(more) <= {REPEATED}
        self.must(is_so, f"{what}: {dict(codes)}, {again} said again")

    # Calls, ready to be sent.

    def new_request(self) -> str:
        """A new paymentRequestId, kept as the last one."""
        self.numbers += 1
        self.request = f"{self.mark}P{self.numbers}"
        self.reference = f"R{self.mark}N{self.numbers}"
        return self.request

    def inquiry(self, *, code: str = "", external: str = "") -> Sent:
        """What is owed?"""
        play = self.play
        return play.bank.inquiry(play.token(), code or self.bill.code, timezone.now(), external_id=external)

    def payment(
        self, *, request: str, amount: int | None = None, code: str = "", external: str = "", token: str = "", changes=None,
        **options,
    ) -> Sent:
        """The account was paid, on the day of this case; `external` is kept as the last one."""
        play = self.play
        external = external or play.number()
        said = {"trxDateTime": self.happened_at.isoformat(timespec="seconds"), "referenceNo": self.reference, **(changes or {})}
        self.external = external
        return play.bank.payment(
            token or play.token(), code or self.bill.code, self.owed_now if amount is None else amount, timezone.now(),
            request_id=request, external_id=external, changes=said, **options,
        )

    def status(self, request: str) -> Sent:
        """What became of it?"""
        return self.play.bank.status(self.play.token(), self.bill.code, request, timezone.now())

    def notification(self, *, amount: int | None = None, status: str = "00") -> Sent:
        """What became of the code."""
        play = self.play
        return play.bank.notify(
            play.token(), self.ours, self.owed_now if amount is None else amount, timezone.now(), reference=self.qris,
            status=status, external_id=play.number(), changes={"paidTime": self.happened_at.isoformat(timespec="seconds")},
        )

    # Whole acts.

    def owed(self) -> int:
        """Ask what is owed; never less than the bill, and more only when it is overdue."""
        answer = self.send(self.inquiry(), "2002400")
        said = answer.body.get("virtualAccountData", {}).get("totalAmount", {}).get("value", "0")
        self.owed_now = int(said.partition(".")[0])
        is_right = self.owed_now > self.bill.total if self.bill.is_overdue else self.owed_now == self.bill.total
        self.must(is_right, f"asked for {said} of a bill over {self.bill.total}")
        return self.owed_now

    def pay_by_account(
        self, *, owed: int | None = None, request: str = "", ask_first: bool = True, ask_status: bool = False
    ) -> Sent:
        """Tell of a payment of exactly what is owed; received. `owed` given: nobody asks before."""
        if owed is None:
            self.owed_now = self.owed() if ask_first or self.bill.is_overdue else self.bill.total
        else:
            self.owed_now = owed
        if not request:
            self.new_request()
        sent = self.payment(request=self.request)
        self.send(sent, "2002500", flag="00")
        self.receipts += 1
        if ask_status:
            self.send(self.status(self.request), "2002600", flag="00")
        return sent

    def new_code(self) -> None:
        """A code to scan, and a new number of the acquirer for what is paid by it."""
        self.numbers += 1
        self.qris = f"Q{self.mark}N{self.numbers}"
        bill = billing.bill_by_number(self.bill.number)
        amount = Decimal(self.owed_now)
        self.ours = usable_code(partner=self.play.partner, bill=bill, amount=amount, now=timezone.now()).reference

    def pay_by_code(self, *, owed: int | None = None, amount: int | None = None) -> Sent:
        """Tell that a code was paid; received, whatever the amount."""
        self.owed_now = self.owed() if owed is None else owed
        self.new_code()
        sent = self.notification(amount=amount)
        self.send(sent, "2005200")
        self.receipts += 1
        return sent

    def settle_doubt(self, sent: Sent) -> None:
        """Nobody read the answer: ask until it is decided, or say it again; in the end it is received, once."""
        said_again = self.chance.random() < 0.5
        if said_again:
            self.send(self.payment(request=self.request), "2002500", flag="00")
        for _ask in range(ASKED):
            answer = self.send(self.status(self.request), "2002600", "4042601")
            if answer.code == "2002600":
                break
            time.sleep(ASK_EVERY)
        else:
            said_again = True
            self.send(self.payment(request=self.request, changes={"flagAdvise": "Y"}), "2002500", flag="00")
        # The first call may have died on its way: then these very bytes are but another retry.
        self.send(sent, "4042518", *(("2002500",) if said_again else ()), flag="00")
        self.receipts += 1

    def take_cash(self, copies: int = 1) -> None:
        """Take cash at the counter today; copies of the same form at once are one receipt."""
        self.owed_now = self.owed()

        def one(_copy: int) -> bool:
            try:
                return self.play.cash.take(self.bill.pk, self.owed_now, token=self.mark)
            finally:
                connections.close_all()

        if copies == 1:
            made = [one(0)]
        else:
            with ThreadPoolExecutor(copies) as pool:
                made = list(pool.map(one, range(copies)))
        self.must(made.count(True) == 1, f"{copies} copies of one cash receipt made {made.count(True)}")
        self.receipts += 1

    def cancel(self) -> str:
        """Cancel the bill; "" or the code of the refusal."""
        try:
            billing.cancel_bill(
                bill=SimpleNamespace(pk=self.bill.pk), reason="Simulasi: dibatalkan", by=self.play.cash.treasurer,
                now=timezone.now(),
            )
        except RuleBroken as refusal:
            return refusal.code
        return ""

    def race_with_cancellation(self) -> None:
        """Pay and cancel at the same moment: one of both happens, and the bank's answer says which."""
        sent = self.payment(request=self.new_request())
        refusals = []

        def cancel() -> None:
            try:
                refusals.append(self.cancel())
            finally:
                connections.close_all()

        other = threading.Thread(target=cancel)
        other.start()
        answer = self.send(sent, "2002500", "4042519")
        other.join()
        if answer.body.get("virtualAccountData", {}).get("paymentFlagStatus") == "00":
            self.must(refusals == ["bill-already-paid"], f"paid and cancelled at once: {refusals}")
            self.receipts += 1
            self.book_account()
        else:
            self.must(refusals == [""], f"neither paid nor cancelled: {refusals}")
            self.state = "cancelled"

    # What the bank books.

    def book(self, amount: int, text: str, *fates: str, after: int = 0, mark: str = "", reference: str = "") -> None:
        """Book money; `fates` is what may become of the line."""
        made = self.play.book.credit(self.index + after, amount, text, mark=mark, reference=reference)
        self.bookings.append((made, fates))

    def book_account(self, *, after: int = 0, fates: tuple[str, ...] = (BRINGS,)) -> None:
        """The money of the last payment into the account, named by its reference, by the bill's code, or by both."""
        named = self.chance.choice([self.reference, self.code_text(), f"{self.reference} {self.code_text()}"])
        self.book(self.owed_now, f"SNAP VA {named}", *fates, after=after)

    def book_code(self, *, after: int = 0, amount: int | None = None) -> None:
        """The money of the code that was paid."""
        self.book(self.owed_now if amount is None else amount, f"QRIS {self.qris}", BRINGS, after=after)

    def book_transfer(self, owed: int) -> None:
        """A transfer with the bill's code, of which nobody tells us: the line pays the bill."""
        self.book(owed, f"TRSF E-BANKING CR {self.code_text()} SITI CONTOHWATI", PAYS)

    def code_text(self) -> str:
        """The bill's code as people write it."""
        return self.chance.choice([self.bill.code, billing.grouped(self.bill.code)])

    @property
    def expected_listed(self) -> int:
        """What of its lines must stand on the work list, in rupiah."""
        return self.listed_sum + sum(booking.amount for booking, fates in self.bookings if fates == (LISTED,))
