"""The library mt-940 as the referee: what the reader takes apart by itself is what the library would have read."""

import re
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.statements import mt940_reader, read_statement
from dgs.core.billing.statements.mt940_reader import read_mt940

NEVER = re.compile(r"(?!)")
HEAD = ":20:R\n:25:1500000016071\n:28C:1/1\n:60F:C261101IDR0,00\n"


def outcome(text, monkey):
    """What is read, or the refusal with its place; once by ourselves, once with every booking read by the library."""
    found = []
    for pattern in (mt940_reader.PLAIN, NEVER):
        with monkey.context() as change:
            change.setattr(mt940_reader, "PLAIN", pattern)
            try:
                found.append(read_mt940(text))
            except StatementRefused as refused:
                found.append((refused.line, refused.column, str(refused)))
    return found


def message(bookings, closing):
    sign = "C" if closing >= 0 else "D"
    body = "".join(f":61:{value}\n" + (f":86:{details}\n" if details else "") for value, details in bookings)
    return f"{HEAD}{body}:62F:{sign}261130IDR{abs(closing) // 100},{abs(closing) % 100:02d}\n"


days = st.dates(date(2000, 1, 1), date(2049, 12, 31))
texts = st.text(
    st.one_of(st.sampled_from("/ :-?ABCN0123456789\n"), st.characters(codec="utf-8", exclude_characters="\r")), max_size=40
)
ends = st.one_of(
    texts,
    st.builds(
        "{}{}{}".format, st.text("AB/12 -:", max_size=18),
        st.one_of(st.just(""), st.text("XY/12 -", max_size=25).map(lambda t: f"//{t}")),
        st.one_of(st.just(""), st.text("extra details/:-12", max_size=40).map(lambda t: f"\n{t}")),
    ),
)


@st.composite
def booking(draw):
    """A :61: nearly or wholly by the book, its :86:, and what it adds in cents."""
    day, cents = draw(days), draw(st.integers(0, 10**15))
    entry = draw(st.one_of(st.just(""), st.just(f"{day:%m%d}"), days.map(lambda d: f"{d:%m%d}")))
    mark = draw(st.sampled_from(["C", "D", "RC", "RD"]))
    fund = draw(st.sampled_from(["", "", "R", "D", "C"]))
    written = draw(st.sampled_from([f"{cents // 100},{cents % 100:02d}"] * 3 + [f"{cents // 100}{cents % 100:02d},"]))
    kind = draw(st.sampled_from(["NTRF", "NMSC", "F123", "S940", "N12 ", "nTRF", ""]))
    value = cents if written.endswith(f",{cents % 100:02d}") else cents * 100
    return f"{day:%y%m%d}{entry}{mark}{fund}{written}{kind}{draw(ends)}", draw(texts), value * (1 if mark in {"C", "RD"} else -1)


@given(st.lists(booking(), min_size=1, max_size=5))
@settings(max_examples=400, deadline=None)
@example([("2611201120C1,00NTRFABCDEFGHIJKLMNOPQ//X\nY", "", 100)])
@example([("2611201120C1,00NTRFABCDEFGHIJKLMNOP//012345678901234567890123456789", "A", 100)])
@example([("000101C0,00NTRF\n -", "", 0)])
@example([("2611201120C1,00NTRFA//\n//B", "A", 100), ("2611201120D1,00NTRF\n:\n61:2611201120C5,00NTRFX", "", -100)])
def test_a_booking_taken_apart_here_is_what_the_library_reads(bookings):
    text = message([one[:2] for one in bookings], sum(one[2] for one in bookings))
    with pytest.MonkeyPatch.context() as monkey:
        ours, library = outcome(text, monkey)
    assert ours == library


@given(
    st.lists(
        st.builds(
            Transfer, day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), amount=st.integers(-(10**11), 10**11),
            text=texts.map(lambda t: "T" + t.replace("\n", "\nx")), reference=st.text("AB/12", min_size=1, max_size=16),
        ),
        max_size=8,
    ),
    st.integers(0, 500), st.sampled_from([":28C:x", ":60F:C260101IDR1,00", ":86:CATATAN", ":NS:22X", ":64:C261120IDR1,00", "-"]),
)
@settings(max_examples=150, deadline=None)
def test_a_whole_message_with_a_strange_line_anywhere_is_read_or_refused_as_with_the_library(transfers, place, strange):
    lines = mt940_text(transfers, account="1500000016071").split("\n")
    for changed in (lines, [*lines[: place % len(lines)], strange, *lines[place % len(lines) :]]):
        with pytest.MonkeyPatch.context() as monkey:
            ours, library = outcome("\n".join(changed), monkey)
        assert ours == library


def test_the_bookings_of_an_ordinary_file_need_no_library(monkeypatch):
    asked = []
    real = mt940_reader._by_library
    monkeypatch.setattr(mt940_reader, "_by_library", lambda *args: asked.append(args[2]) or real(*args))
    transfers = [Transfer(day=date(2026, 11, 20), amount=n, text=f"T{n}", reference=f"R{n}//B{n}") for n in range(-5, 20)]
    assert len(read_statement(mt940_text(transfers, account="1500000016071").encode()).lines) == 25
    assert asked == [0]
