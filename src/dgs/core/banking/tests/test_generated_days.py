"""Days at the bank as hypothesis draws them, cut off at any statement: each rupiah stands once, nothing is half done.

`DGS_TEST_DAYS=3000` draws so many lives instead of a few; each has one to four days.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings

from dgs.core.banking.tests.days import lives
from dgs.core.banking.tests.here import Here

MANY = int(os.environ.get("DGS_TEST_DAYS", "0"))


@pytest.mark.django_db(transaction=True)
def test_at_the_end_of_any_days_each_rupiah_stands_once_wherever_the_work_was_cut_off(tmp_path, capsys):
    here = Here(tmp_path / "statements")

    @given(life=lives(most_at=40))
    @settings(
        max_examples=MANY or 12, derandomize=not MANY, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )
    def any_life(life):
        here.live(life)

    any_life()
    if MANY:
        with capsys.disabled():
            print(f"\n{here.lives} lives, {here.days} days, {here.broken} attempts broken off")
