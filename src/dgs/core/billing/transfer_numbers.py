"""Whether the number that a payer tells of a transfer stands in what the bank wrote of it; pure, no queries.

Anybody may tell anything, and a bank's text repeats much: names of channels, our own account, days. So a number must be long
enough to be that of one transfer, and stand there whole, not as a part of a longer one.
"""

from __future__ import annotations

import re
from collections.abc import Collection

SIGNS, DIGITS = 6, 4
DIGITS_ALONE = 9
WORD = re.compile(r"[A-Z0-9]+")


def pattern_of(number: str, ours: Collection[str] = ()) -> str:
    """A regular expression (of Python and of PostgreSQL alike) that finds the number in a text in capitals; "" when it proves
    nothing: less than 6 signs with 4 digits, digits alone less than 9, or one of our own account numbers (`ours`).

    Banks and payers part the signs differently and leave noughts before them out: "FT-26330 ABC9" is FT26330ABC9.
    """
    signs = bare(number)
    digits = sum(sign.isdigit() for sign in signs)
    is_enough = digits >= DIGITS_ALONE or (digits < len(signs) >= SIGNS and digits >= DIGITS)
    if not is_enough or signs in {bare(account) for account in ours}:
        return ""
    return "(?<![A-Z0-9])0*" + "[-./ _]?".join(signs) + "(?![A-Z0-9])"


def words_where(pattern: str, text: str) -> list[str]:
    """The words of a bank's text that are the number; empty when it does not stand there."""
    found = re.search(pattern, text.upper()) if pattern else None
    return WORD.findall(found[0]) if found else []


def bare(text: str) -> str:
    """A reference for comparison: letters and digits only, in capitals, without leading noughts."""
    return "".join(WORD.findall(text.upper())).lstrip("0")
