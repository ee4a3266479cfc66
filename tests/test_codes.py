"""Codes that people read aloud: the check symbol notices every slip; no page is tested here."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dgs.kernel import codes

BODIES = st.text(alphabet=codes.SYMBOLS, min_size=11, max_size=11)


def test_new_codes_read_back_as_they_are_written():
    for _n in range(50):
        code = codes.new_code(12)
        assert len(code) == 14
        assert codes.read_code(code, 12) == code
        assert codes.read_code(code.lower().replace("-", " "), 12) == code


def test_look_alikes_are_understood():
    body = "0101080101Z"
    code = codes.grouped(body + codes.check_symbol(body))
    assert codes.read_code(code.replace("0", "O").replace("1", "l").replace("8", "B"), 12) == code


@given(BODIES, st.integers(0, 11), st.sampled_from(codes.SYMBOLS))
def test_one_wrong_symbol_is_always_noticed(body, where, symbol):
    code = body + codes.check_symbol(body)
    wrong = code[:where] + symbol + code[where + 1 :]
    if wrong != code:
        assert codes.read_code(wrong, 12) is None


@given(BODIES)
def test_two_swapped_symbols_are_always_noticed(body):
    code = body + codes.check_symbol(body)
    for left, right in itertools.combinations(range(11), 2):
        swapped = list(code)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        if swapped != list(code):
            assert codes.read_code("".join(swapped), 12) is None


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_nothing(text):
    found = codes.read_code(text, 12)
    assert found is None or codes.read_code(found, 12) == found
