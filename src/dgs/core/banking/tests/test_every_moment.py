"""One day with every kind of act, each cut at the same moment, moment after moment: none may lose, double or leave a half."""

import os
from itertools import product

import pytest

from dgs.core.banking.tests.cutting import Cut
from dgs.core.banking.tests.days import Day, Happening, Life
from dgs.core.banking.tests.here import Here

WAYS = tuple(product((False, True), (False, True)))
MOST = 90
# All moments in all four ways take two minutes; without being asked for them, every fourth one in one way.
STEP, EACH = (1, 4) if os.environ.get("DGS_TEST_DAYS") else (4, 1)
DAYS = (
    Day(
        (
            Happening("account", 0, again=("retry", "same")), Happening("code", 1, way="after"),
            Happening("transfer", 1, way="nameless"), Happening("cash", 2),
        ),
        "today", "mt940", False, None,
    ),
    Day(
        (Happening("match", 1), Happening("account", 1), Happening("take_back", 1), Happening("cancel", 3)), "today", "csv",
        False, None,
    ),
)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_cut_at_its_nth_moment_is_done_once_in_the_end(tmp_path):
    here, at, before = Here(tmp_path / "statements", unlucky=1), 1, -1
    while here.broken > before:  # until the longest act has no such moment
        before = here.broken
        for number in range(EACH):
            here.live(Life((100_000, 150_000, 47_000, 250_000), DAYS, (Cut(at, *WAYS[(at // STEP + number) % len(WAYS)]),)))
        at += STEP
    assert 26 < at < MOST, at
