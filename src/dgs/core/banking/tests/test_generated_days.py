"""Days at the bank as hypothesis draws them, cut off at any statement: each rupiah stands once, nothing is half done.

`DGS_TEST_DAYS=3000` draws so many lives instead of a few; each has one to four days.
"""

import os
import shutil

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from tests import databases

from dgs.core.banking.adversary.wire import Answer
from dgs.core.banking.tests.cutting import Cut, Died, cutting
from dgs.core.banking.tests.days import lives
from dgs.core.banking.tests.judged import judge
from dgs.core.banking.tests.living import GONE, Broken, Living, new_place
from dgs.core.billing.actions.folder import take_folder

MANY = int(os.environ.get("DGS_TEST_DAYS", "0"))
# After so many lives a new database: whether all sums agree takes as long as there are rows.
FRESH = 60


class Here:
    """This very process as the program: calls by the test client, the folder looked into when a file was laid there."""

    def __init__(self, folder) -> None:
        self.folder, self.client = folder, Client(SERVER_NAME="localhost")
        self.lives = self.days = self.broken = 0
        self.place = None

    def live(self, life) -> None:
        if self.place is None or self.lives % FRESH == 0:
            databases.State.is_dirty = True
            databases.use("bare")
            databases.State.is_dirty = True  # the next test needs a fresh one
            self.place = new_place()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lives, self.days = self.lives + 1, self.days + len(life.days)
        living = Living(life, place=self.place, folder=self.folder, reach=self.reach, sweep=self.sweep)
        living.go()
        self.broken += living.broken
        judge(living)

    def reach(self, sent, broken):
        try:
            with cutting(broken if isinstance(broken, Cut) else None):
                response = sent.by(self.client)
        except Died:
            raise Broken from None
        if response.status_code >= 500 or broken == "unheard":
            assert response.json()["responseCode"]
            raise Broken
        return Answer(response.status_code, response.json()["responseCode"], response.json())

    def sweep(self, living, name):
        for attempt in range(20):
            broken = living.next_break(attempt)
            try:
                with cutting(broken if isinstance(broken, Cut) else None):
                    take_folder(now=living.moment(len(living.dates) - 1), root=self.folder)
            except GONE:
                living.broken += 1
            if there := list((self.folder / "processed").glob(f"*-{name}")):
                (file,) = there
                assert file.with_name(f"{file.name}.txt").exists(), f"{name} was taken without a word"
                assert not list(self.folder.glob(f"in/**/*{name}")) and not list(self.folder.glob(f"working/**/*{name}"))
                return
            assert not list(self.folder.glob("refused/*")), list(self.folder.glob("refused/*"))
        raise AssertionError(f"{name} was never taken")


@pytest.mark.django_db(transaction=True)
def test_at_the_end_of_any_days_each_rupiah_stands_once_wherever_the_work_was_cut_off(tmp_path, capsys):
    here = Here(tmp_path / "statements")

    @given(life=lives(most_at=40))
    @settings(
        max_examples=MANY or 20, derandomize=not MANY, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )
    def any_life(life):
        here.live(life)

    any_life()
    if MANY:
        with capsys.disabled():
            print(f"\n{here.lives} lives, {here.days} days, {here.broken} attempts broken off")
