"""The run of the simulated bank: issues bills of its own, lives through the days in rounds, hands out statements, and is judged.

The days are the last ones up to today. What happened on them is told today with its own time, as SNAP allows (31 days back),
for the server's clock is nobody's to set; statements book on those days too. Cash is taken and deposited today.
"""

from __future__ import annotations

import base64
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connections
from django.utils import timezone

from dgs.core.accounts import api as accounts
from dgs.core.banking.adversary.book import FORMATS, Book, put
from dgs.core.banking.adversary.case import Case, Tally, TheBill
from dgs.core.banking.adversary.faults import FAULTS, PLANS, STRAIGHT
from dgs.core.banking.adversary.wire import BROKEN, Answer, Wire
from dgs.core.banking.demo import demo_bank, load_demo_partner
from dgs.core.banking.models import Partner
from dgs.core.banking.simulator import Sent
from dgs.core.billing import api as billing
from dgs.core.organisations import api as organisations
from dgs.core.parties import api as parties

MOST_DAYS, MOST_BILLS = 14, 50_000
CLIENTS = 8
TOKEN_SECONDS = 600
FILE_PATIENCE = 180.0
CHECK_EVERY = 2.0
# How often a bank says again what was cut off, and after how many seconds.
PATIENCE, AGAIN_AFTER = 100, 0.2
ACCOUNT = "4.1.02.03.03.0001"


@dataclass
class Cash:
    """Cash at the counter, by people of the simulation's own: nobody else's shift is touched."""

    office: object
    account: object
    cashier: object
    treasurer: object
    run: str
    taken: int = 0
    shift: object = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> None:
        """Begin the shift."""
        self.shift = billing.open_shift(
            office=self.office, counter="Simulasi", float_amount=Decimal(0), by=self.cashier, now=timezone.now()
        )

    def take(self, bill_id: int, amount: int, *, token: str) -> bool:
        """Take cash; whether this form made the receipt."""
        taken = billing.take_cash(
            bill_id=bill_id, amount=Decimal(amount), tendered=Decimal(amount + 5_000), token=token, by=self.cashier,
            now=timezone.now(),
        )
        if taken.is_new:
            with self.lock:
                self.taken += amount
        return taken.is_new

    def to_the_bank(self) -> str:
        """Count, hand over, accept, deposit; the number of the deposit, "" when there was no cash."""
        left, notes = self.taken, {}
        for value in billing.NOTES:
            notes[value], left = divmod(left, value)
        billing.close_shift(notes=notes, reason="", by=self.cashier, now=timezone.now())
        if not self.taken:
            return ""
        handed = billing.hand_over(shift_id=self.shift.pk, by=self.cashier, now=timezone.now())
        billing.accept_hand_over(
            hand_over_id=handed.pk, counted=handed.amount, by=self.treasurer, now=timezone.now()
        )
        receipts = {
            billing.deposit(
                office=self.office, amount=Decimal(self.taken), account=self.account, token=self.run, by=self.treasurer,
                now=timezone.now(),
            ).reference
            for _twice in range(2)
        }
        (number,) = receipts
        return number


@dataclass
class Play:
    """One run. `say` is told of the progress; `folder` is the watched folder's `in`, `faults` the names of what goes wrong.

    `is_killed`: processes of the DGS are killed meanwhile, so that any call may break off; `again` counts what was said again.
    """

    url: str
    folder: Path
    days_count: int
    bills_count: int
    seed: int
    faults: tuple[str, ...] = tuple(FAULTS)
    clients: int = CLIENTS
    say: Callable[[str], None] = print
    is_killed: bool = False
    again: int = 0
    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    rounds: dict[int, list[tuple[Case, Callable[[], object]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        today = timezone.localdate()
        # The run's own mark is not of the seed: the same seed may be played against the same books again.
        self.run = base64.b32encode(secrets.token_bytes(5)).decode()[:6].translate(str.maketrans("234567", "GHJKMN"))
        self.days = [today - timedelta(days=self.days_count - 1 - n) for n in range(self.days_count)]
        self.wire = Wire(self.url)
        self.crowd, self.lock = threading.Lock(), threading.RLock()
        self.token_text, self.token_until = "", 0.0
        self.chance = random.Random(self.seed)  # noqa: S311 - a game that can be played again
        self.over = threading.Event()

    def go(self) -> None:
        """All of it, up to the last statement; judging is in judging.py."""
        self._prepare()
        watcher = threading.Thread(target=self._watch_money)
        watcher.start()
        try:
            for index in range(self.days_count + 2):
                self._round(index)
        finally:
            self.over.set()
            watcher.join()

    # What cases use.

    def ask(self, sent: Sent) -> tuple[Answer, bool]:
        """Send a call; the answer, and whether it had to be said again.

        What breaks off or is answered 5xx says nothing: the very same is said again, with the same X-EXTERNAL-ID. Nothing may
        break off while nobody is killed.
        """
        for attempt in range(PATIENCE):
            try:
                answer = self.wire.ask(sent)
                if answer.status < 500 or not self.is_killed:
                    return answer, attempt > 0
            except BROKEN:
                if not self.is_killed:
                    raise
            with self.lock:
                self.again += 1
            time.sleep(AGAIN_AFTER)
        raise RuntimeError(f"{sent.path} was never answered")

    def token(self) -> str:
        """The bank's token, a new one in good time."""
        with self.lock:
            if time.monotonic() > self.token_until:
                answer, _again = self.ask(self.bank.token(timezone.now()))
                self.token_text = answer.body.get("accessToken", "")
                if not self.token_text:
                    raise RuntimeError(f"the bank got no token: {answer.status} {answer.code}")
                self.token_until = time.monotonic() + TOKEN_SECONDS
            return self.token_text

    def number(self) -> str:
        """An X-EXTERNAL-ID that nobody used."""
        return f"{secrets.randbelow(10**18):018d}"

    def schedule(self, index: int, case: Case, act: Callable[[], object]) -> None:
        """Do it in that round, or in the last one."""
        with self.lock:
            self.rounds.setdefault(min(index, self.days_count + 1), []).append((case, act))

    # The run.

    def _prepare(self) -> None:
        now = timezone.now()
        self.partner: Partner = load_demo_partner("")
        self.bank = demo_bank()
        self.account = self.partner.account
        office = next(iter(organisations.offices()))
        people = [
            accounts.create_user(name=f"{name} Simulasi", email=f"{slug}.{self.run.lower()}@simulasi.invalid", now=now)
            for slug, name in (("kasir", "Kasir"), ("bendahara", "Bendahara"))
        ]
        self.cash = Cash(office, self.account, *people, self.run)
        self.cash.open()
        self.book = Book(self.run, self.account.number, self.days, opening=self.chance.randrange(10**6, 10**9))
        self._without = self._days_without_statement()
        self._deal(self._issue(office, now))

    def _issue(self, office, now: datetime) -> list[TheBill]:
        """Bills of its own: most in time, some overdue, all of whose months end outside the days that are played."""
        payer = parties.register_business(
            name=f"PT Simulasi {self.run}", nib=f"9{secrets.randbelow(10**12):012d}", now=now
        ).party
        overdue = {n for n in range(self.bills_count) if self.chance.random() < 0.15}
        totals = [
            self.chance.randrange(1, 20) * 100_000 if n in overdue else self.chance.randrange(50, 3_000) * 1000
            for n in range(self.bills_count)
        ]
        found = []
        in_time, too_late = self.days[-1] + timedelta(days=30), self.days[0] - timedelta(days=2)
        for is_overdue, kind, due_on in ((False, "fee", in_time), (True, "retribution", too_late)):
            rows = [
                billing.RunRow(f"simulation:{self.run}:{n}", payer.pk, f"Simulasi {self.run} (contoh)", ACCOUNT, total)
                for n, total in enumerate(totals)
                if (n in overdue) == is_overdue
            ]
            if not rows:
                continue
            issued = billing.issue_run(
                name=f"Simulasi {self.run}", office=office, rows=rows, due_on=due_on, kind=kind,
                now=now - timedelta(days=self.days_count + 40),
            )
            found += [TheBill(*row[:3], int(row[3]), is_overdue) for row in billing.bills_of_run(issued.run)]
        self.chance.shuffle(found)
        return found

    def _days_without_statement(self) -> set[int]:
        """The days whose statement does not come; never the last one."""
        if "no-statement" not in self.faults or self.days_count < 2:
            return set()
        return set(self.chance.sample(range(self.days_count - 1), max(1, (self.days_count - 1) // 3)))

    def _deal(self, bills: list[TheBill]) -> None:
        """Each bill gets a fault (or none) and a day, so that every fault comes about as often."""
        names = [*self.faults, *[STRAIGHT] * max(1, len(self.faults) // 2)]
        for number, bill in enumerate(bills):
            fault = names[number % len(names)]
            index = self.chance.randrange(self.days_count)
            if fault == "no-statement" and self._without:
                index = self.chance.choice(sorted(self._without))
            tally = self.tallies.setdefault(fault, Tally())
            tally.bills += 1
            case = Case(self, fault, bill, index, random.Random(f"{self.seed}:{number}"), tally)  # noqa: S311
            self.cases.append(case)
            self.schedule(index, case, lambda case=case: PLANS[case.fault](case))

    def _round(self, index: int) -> None:
        """What happens on a day, and at the same time the statement of the day before."""
        acts = self.rounds.get(index, [])
        title = f"day {index + 1} ({self.days[index]})" if index < self.days_count else "afterwards"
        told = threading.Thread(target=self._hand_out, args=(index - 1,))
        told.start()
        done, began = 0, time.monotonic()
        with ThreadPoolExecutor(self.clients) as pool:
            for _one in pool.map(self._act, acts):
                done += 1
                if time.monotonic() - began > 5:
                    self.say(f"  {title}: {done} of {len(acts)} bills, {self.sent} calls")
                    began = time.monotonic()
        if index == self.days_count - 1 and (number := self.cash.to_the_bank()):
            self.deposited = self.book.credit(index, self.cash.taken, f"SETORAN {number}")
        told.join()
        self.say(f"  {title}: {len(acts)} bills, {self.sent} calls so far, the bank holds Rp {self.book.held:,}")

    def _act(self, work: tuple[Case, Callable[[], object]]) -> None:
        case, act = work
        try:
            act()
        except Exception as error:
            case.must(False, f"the play broke off: {type(error).__name__}: {error}")
        finally:
            connections.close_all()

    @property
    def sent(self) -> int:
        """Calls so far."""
        return sum(tally.sent for tally in self.tallies.values())

    def _hand_out(self, index: int) -> None:
        """The statement of a day; with the faults for it: none today, both tomorrow; the file of yesterday again with it."""
        try:
            if index < 0 or index > self.days_count or index in self._without:
                return
            files = []
            if index < self.days_count:
                first = index
                while first - 1 in self._without:
                    first -= 1
                if any(self.book.bookings.get(day) for day in self.days[first : index + 1]):
                    files.append(self.book.statement(first, index, FORMATS[index % 3]))
                self.handed = [*getattr(self, "handed", []), *files]
            elif "doubled" in self.faults:  # everything once more, to the letter, and the last day in a file of another cut
                last = self.days_count - 1
                files += [*self.handed, self.book.statement(max(0, last - 3), last, FORMATS[last % 3])]
            for number, file in enumerate(files):
                self._hand_in(f"{index:02d}{number:02d}-{file.file_name}", file.data)
        except Exception as error:
            self.wrong.append(f"the statement of day {index + 1} could not be handed in: {type(error).__name__}: {error}")
        finally:
            connections.close_all()

    def _hand_in(self, name: str, data: bytes) -> None:
        """Lay a file into the watched folder and wait until the worker has taken it."""
        put(self.folder, name, data)
        until = time.monotonic() + FILE_PATIENCE
        asked = 0.0
        while time.monotonic() < until:
            if self._lies_in("processed", name):
                return
            if said := self._lies_in("refused", name):
                self.wrong.append(f"the file {name} was refused: {said}")
                return
            if time.monotonic() - asked > 0.5:
                billing.look_soon()
                asked = time.monotonic()
            time.sleep(0.05)
        self.wrong.append(f"the file {name} was not taken within {FILE_PATIENCE:.0f} s: does the worker run?")

    def _lies_in(self, where: str, name: str) -> str:
        for path in (self.folder.parent / where).glob(f"*-{name}.txt"):
            return " ".join(path.read_text(encoding="utf-8").split()) or "?"
        return ""

    def _watch_money(self) -> None:
        """While all this goes on, the books must add up at any moment."""
        try:
            while not self.over.wait(CHECK_EVERY):
                found = billing.check_money()
                self.checks += 1
                if not found.ok:
                    self.wrong += [f"in the middle of it: {problem}" for problem in found.problems]
                    return
        except Exception as error:
            self.wrong.append(f"the books could not be checked meanwhile: {type(error).__name__}: {error}")
        finally:
            connections.close_all()


def known_faults(names: Iterable[str]) -> tuple[str, ...]:
    """The faults of these names; "all" and "none" are names too. Refuses (ValueError) a name that there is not."""
    wanted: list[str] = []
    for name in names:
        if name == "all":
            wanted += FAULTS
        elif name != "none":
            if name not in FAULTS:
                raise ValueError(name)
            wanted.append(name)
    return tuple(dict.fromkeys(wanted))
