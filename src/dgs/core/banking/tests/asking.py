"""A bank, an account and people for one life, who ask, or do it again, until they know; what they live through is in living.py.

How the bank reaches the program is given by who runs it.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from dgs.core.banking.actions import new_key
from dgs.core.banking.adversary.book import Book
from dgs.core.banking.adversary.wire import Answer
from dgs.core.banking.models import Partner
from dgs.core.banking.simulator import Bank, Sent
from dgs.core.banking.tests.cutting import Cut, Died, cutting
from dgs.core.banking.tests.days import Life
from dgs.core.banking.tests.expected import ABill, Expected
from dgs.core.banking.tests.keys import PRIVATE, PUBLIC
from dgs.core.billing import api as billing
from dgs.core.billing.models import BankAccount, Bill

PATIENCE = 40
QRIS = {
    "qris_domain": "ID.CO.BANKX.WWW", "merchant_pan": "936000080000012345", "merchant_id": "ID1020000000001",
    "nmid": "ID1020000000001", "merchant_name": "PEMKAB BANYUASIN", "merchant_city": "BANYUASIN", "postal_code": "30911",
}
SECRET = "rahasia-klien-hanya-untuk-uji-1"
GONE = (Died, OperationalError, InterfaceError)


class Broken(Exception):
    """No answer came, or one that says nothing (5xx): the bank does not know."""


def new_place() -> SimpleNamespace:
    """An office and a payer for any number of lives."""
    region, _new = apps.get_model("regions", "Region").objects.get_or_create(
        code="16.07", defaults={"name": "Kabupaten Banyuasin", "level": 2}
    )
    office, _new = apps.get_model("organisations", "Office").objects.get_or_create(
        slug="dishub", defaults={"kind": "transport", "name": "Dinas Perhubungan", "short_name": "Dishub", "region": region}
    )
    return SimpleNamespace(
        office=office, payer=apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    )


class Asking:
    """One life at a bank and an account of its own. `reach(sent, broken)` sends a call, or raises Broken; `sweep(name)` returns
    once the file of that name was taken from `folder`; `hands` is how many copies of a call go out at once.

    `unlucky` is how many attempts at one thing may break off by what was drawn.
    """

    def __init__(
        self, life: Life, *, place, folder, reach: Callable[[Sent, Any], Answer], sweep: Callable[[Asking, str], None],
        hands: int = 1, unlucky: int = 3,
    ) -> None:
        self.life, self.place, self.folder, self._reach, self._sweep = life, place, folder, reach, sweep
        self.hands, self.unlucky = hands, unlucky
        self.mark = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _letter in range(6))
        today = timezone.localdate()
        self.dates = [today - timedelta(days=len(life.days) - 1 - n) for n in range(len(life.days))]
        self.breaks = itertools.cycle(life.breaks or (None,))
        self.numbers, self.files, self.broken = itertools.count(1), itertools.count(1), 0
        self._connect()
        self.rows = [self._issue(n, total) for n, total in enumerate(life.totals)]
        self.books = Expected([ABill(row.payment_code, int(row.total)) for row in self.rows])
        self.book = Book(self.mark, self.account.number, self.dates, opening=5_000_000)
        self.taken = dict.fromkeys(self.dates, 0)
        self.cash = 0

    def _connect(self) -> None:
        now, user = timezone.now(), apps.get_model("accounts", "User").objects
        number = str(1_000_000_000_000 + secrets.randbelow(10**12))
        self.account = BankAccount.objects.create(bank="Bank Contoh", number=number, holder="RKUD (contoh)")
        name = self.mark.lower()
        self.partner = Partner.objects.create(
            code=name, name="Bank Contoh", account=self.account, partner_id=self.mark, client_key=f"klien-{name}",
            partner_service_id="88899", **QRIS,
        )
        for kind, value in (("secret", SECRET), ("public", PUBLIC)):
            new_key(partner=self.partner, kind=kind, value=value, by=None, now=now)
        self.bank = Bank(
            partner_id=self.mark, client_key=f"klien-{name}", private_key=PRIVATE, secret=SECRET, service_id="88899",
        )
        self.cashier, self.treasurer = (
            user.create(username=f"{slug}.{name}@contoh.invalid", name=f"{slug.title()} Percobaan")
            for slug in ("kasir", "bendahara")
        )
        self.shift = billing.open_shift(
            office=self.place.office, counter="Uji", float_amount=Decimal(0), by=self.cashier, now=now
        )

    def _issue(self, n: int, total: int) -> Bill:
        line = SimpleNamespace(
            account="4.1.02.03.03.0001", account_name="", description="Retribusi", quantity=1, unit=total, amount=total
        )
        return billing.issue_bill(
            about=f"tests.life:{self.mark}{n}", payer=self.place.payer, office=self.place.office, title="Izin Trayek",
            lines=[line], due_on=self.dates[-1] + timedelta(days=60), now=timezone.now(),
        )

    def next_break(self, attempt: int) -> Cut | str | None:
        """What befalls this attempt; nobody is unlucky for ever."""
        return next(self.breaks) if attempt < self.unlucky else None

    def ask(self, sent: Sent, *, is_retried: bool = True, meanwhile: Callable[[], object] = lambda: None) -> Answer:
        """Send a call until there is an answer: to the letter, or as a retry under a new number. `last` is what was answered."""
        for attempt in range(PATIENCE):
            try:
                answer = self._reach(sent, self.next_break(attempt))
            except Broken:
                self.broken += 1
                meanwhile()
                if is_retried and attempt % 2:
                    sent = sent.having(X_EXTERNAL_ID=self.number())
                continue
            self.last, self.was_broken = sent, attempt > 0
            return answer
        raise AssertionError(f"{sent.path} was never answered")

    def number(self) -> str:
        """An X-EXTERNAL-ID that nobody used."""
        return f"{secrets.randbelow(10**18):018d}"

    def insist(self, act: Callable[[], Any]) -> Any:
        """Do what a person does, again when it broke off. `act` must bear that it was done before."""
        for attempt in range(PATIENCE):
            found = self.next_break(attempt)
            try:
                with cutting(found if isinstance(found, Cut) else None):
                    done = act()
            except GONE:
                self.broken += 1
                continue
            if found != "unheard":
                return done
        raise AssertionError("it was never done")

    def at_once(self, calls: list[Sent]) -> list[Answer]:
        """Each call until it is answered."""
        if self.hands == 1 or len(calls) == 1:
            return [self.ask(one) for one in calls]
        with ThreadPoolExecutor(self.hands) as pool:
            return list(pool.map(self.ask, calls))
