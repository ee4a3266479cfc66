"""Payment codes: check digits, and finding them in what banks print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgs.core.billing import codes

bodies = st.integers(10**9, 10**10 - 1)
CODE = codes.with_check_digits(4_207_113_865)


@given(bodies, st.integers(0, 11), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(body, place, off):
    code = codes.with_check_digits(body)
    wrong = code[:place] + str((int(code[place]) + off) % 10) + code[place + 1 :]
    assert codes.is_code(code)
    assert not codes.is_code(wrong)


@given(bodies, st.integers(0, 10))
def test_every_swap_of_neighbours_is_noticed(body, place):
    code = codes.with_check_digits(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or not codes.is_code(swapped)


@pytest.mark.parametrize(
    "text",
    [
        CODE, codes.grouped(CODE), codes.grouped(CODE).replace(" ", "-"), f"TRSF DARI BUDI {CODE}/SITI",
        f"22/11/2026 {codes.grouped(CODE)} 10:15", f"BAYAR{CODE}OK", f"{CODE[:7]}\n{CODE[7:]}",
        f"?20TAGIHAN {CODE[:5]}?21{CODE[5:]}?32BUDI", f"ATM 0012 {CODE} 150.000",
    ],
)
def test_a_code_is_found_however_the_bank_prints_it(text):
    whole, _inside = codes.codes_in(text)
    assert CODE in whole


def test_a_code_glued_to_other_digits_is_the_weaker_evidence():
    whole, inside = codes.codes_in(f"0099{CODE}17")
    assert CODE not in whole
    assert CODE in inside


@given(st.text(max_size=200))
def test_no_text_breaks_the_search(text):
    whole, inside = codes.codes_in(text)
    assert all(codes.is_code(code) for code in (*whole, *inside))


def test_a_typed_code_is_read_with_blanks_and_hyphens_and_refused_when_wrong():
    assert codes.read_code(f" {codes.grouped(CODE)} ") == CODE
    assert codes.read_code(CODE[:-1]) is None
    assert codes.read_code(CODE[::-1]) is None
