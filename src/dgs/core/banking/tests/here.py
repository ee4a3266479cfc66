"""This very process as the program in which a life is lived: calls by the test client, the folder looked into at once."""

import shutil

from django.test import Client
from tests import databases

from dgs.core.banking.adversary.wire import Answer
from dgs.core.banking.tests.asking import GONE, Broken, new_place
from dgs.core.banking.tests.cutting import Cut, Died, cutting
from dgs.core.banking.tests.judged import judge
from dgs.core.banking.tests.living import Living
from dgs.core.billing.actions.folder import take_folder

# After so many lives a new database: whether all sums agree takes as long as there are rows.
FRESH = 60


class Here:
    """This very process as the program: calls by the test client, the folder looked into when a file was laid there."""

    def __init__(self, folder, *, unlucky=3) -> None:
        self.unlucky, self.folder, self.client = unlucky, folder, Client(SERVER_NAME="localhost")
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
        living = Living(life, place=self.place, folder=self.folder, reach=self.reach, sweep=self.sweep, unlucky=self.unlucky)
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
        take_folder(now=living.moment(-1), root=self.folder)  # seen once, the file is taken at the next look
        for attempt in range(20):
            broken = living.next_break(attempt)
            try:
                with cutting(broken if isinstance(broken, Cut) else None):
                    take_folder(now=living.moment(-1), root=self.folder)
            except GONE:
                living.broken += 1
            if is_taken(self.folder, name):
                return
            assert not list(self.folder.glob("refused/*")), list(self.folder.glob("refused/*"))
        raise AssertionError(f"{name} was never taken")


def is_taken(folder, name) -> bool:
    """Whether the file of that name lies among those that were taken, once, with a word about it, and nowhere else."""
    said = [path for path in (folder / "processed").glob("*.txt") if path.read_text(encoding="utf-8").startswith(f"{name}\n")]
    there = [path for path in said if path.with_suffix("").exists()]
    stem, _dot, ending = name.rpartition(".")
    taken = (folder / "processed").glob(f"*-{stem}*.{ending}")
    alike = [path for path in taken if not path.with_name(f"{path.name}.txt").exists()]
    assert len(there) < 2 and not alike, f"{name} was taken twice or without a word"
    return bool(there) and not [*folder.glob(f"in/**/*{name}"), *folder.glob(f"working/**/*{name}")]
