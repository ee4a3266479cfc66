"""What may happen on some days at the bank, as hypothesis draws it; what becomes of it is in living.py."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from dgs.core.banking.adversary.book import FORMATS
from dgs.core.banking.tests.cutting import Cut

MOST_DAYS, MOST_BILLS = 4, 4
# Some alike, so that money is mistaken for other money where it can be; one is the sum of two.
TOTALS = (100_000, 150_000, 250_000, 100_000, 47_000)
WRONG = (0, 0, 0, 0, -1000, 1, 1000)
SAID_AGAIN = ("same", "retry", "advice", "other", "clash")
BOOKED = ("today", "today", "next", "never", "twice", "otherwise")


@dataclass(frozen=True)
class Happening:
    """One thing: its `kind`, the bill it is about, and what goes wrong with it; each kind looks at what concerns it."""

    kind: str
    bill: int
    wrong: int = 0
    booked: str = "today"
    named: str = "both"
    copies: int = 1
    again: tuple[str, ...] = ()
    way: str = ""


@dataclass(frozen=True)
class Day:
    """What happens on a day, and how its statement comes: `handed` "today", "joined" (with the next) or "late" (after it).

    `so_far`: before which happening a statement of the day so far comes too.
    """

    happenings: tuple[Happening, ...]
    handed: str
    format: str
    is_twice: bool
    so_far: int | None


@dataclass(frozen=True)
class Life:
    """Some days with their bills. `breaks` says what befalls the first, second, ... attempt of anybody at anything."""

    totals: tuple[int, ...]
    days: tuple[Day, ...]
    breaks: tuple[Cut | str | None, ...]


def _happenings(bills: int) -> st.SearchStrategy[Happening]:
    which = st.integers(0, bills - 1)
    again = st.lists(st.sampled_from(SAID_AGAIN), max_size=2).map(tuple)
    told = {
        "bill": which, "wrong": st.sampled_from(WRONG), "booked": st.sampled_from(BOOKED), "again": again,
        "copies": st.sampled_from((1, 1, 1, 4)),
    }
    return st.one_of(
        st.builds(
            Happening, st.just("account"), named=st.sampled_from(("both", "code", "reference")),
            way=st.sampled_from(("", "", "", "unknown")), **told,
        ),
        st.builds(Happening, st.just("code"), way=st.sampled_from(("", "", "before", "after", "after")), **told),
        st.builds(
            Happening, st.just("transfer"), bill=which, wrong=st.sampled_from(WRONG),
            way=st.sampled_from(("code", "code", "nameless", "unknown", "out", "reversal", "twins", "sum")),
        ),
        st.builds(Happening, st.just("cash"), bill=which, copies=st.sampled_from((1, 1, 3))),
        st.builds(Happening, st.sampled_from(("cancel", "match", "match", "take_back")), bill=which),
    )


def _days(bills: int) -> st.SearchStrategy[Day]:
    return st.builds(
        Day, st.lists(_happenings(bills), max_size=6).map(tuple), st.sampled_from(("today", "today", "joined", "late")),
        st.sampled_from(FORMATS), st.booleans(), st.one_of(st.none(), st.none(), st.integers(0, 5)),
    )


def lives(*, most_at: int, moments: bool = True) -> st.SearchStrategy[Life]:
    """Lives in which attempts are cut at one of the first `most_at` moments, or not; or their answer is lost."""
    cut = st.builds(Cut, st.integers(1, most_at), st.booleans(), st.booleans())
    breaks = st.one_of(st.none(), st.none(), st.just("unheard"), *([cut] if moments else []))
    return st.integers(1, MOST_BILLS).flatmap(
        lambda bills: st.builds(
            Life, st.lists(st.sampled_from(TOTALS), min_size=bills, max_size=bills).map(tuple),
            st.lists(_days(bills), min_size=1, max_size=MOST_DAYS).map(tuple), st.lists(breaks, max_size=12).map(tuple),
        )
    )
