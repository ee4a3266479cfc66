"""Codes people read aloud and type: random, without look-alike letters, with a check character; not secrets.

31 symbols (a prime number) and weights 1, 2, 3 … mean that every single wrong symbol and every swap of two
symbols is noticed. The letters B, I, L, O and U are not used; typed O, I, L and B are read as 0, 1, 1 and 8.
"""

from __future__ import annotations

import re
import secrets

SYMBOLS = "0123456789ACDEFGHJKMNPQRSTVWXYZ"
BETWEEN = re.compile(r"[\s._\-\u2010-\u2015]")
LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "B": "8"})


def check_symbol(body: str) -> str:
    """The check symbol of a body of symbols."""
    return SYMBOLS[sum(weight * SYMBOLS.index(s) for weight, s in enumerate(body, start=1)) % 31]


def new_code(length: int, group: int = 4) -> str:
    """A random code of `length` symbols, the last of which is the check symbol, in groups joined by hyphens
    (with `group` equal to `length`: without any)."""
    body = "".join(secrets.choice(SYMBOLS) for _ in range(length - 1))
    return grouped(body + check_symbol(body), group)


def grouped(code: str, group: int = 4) -> str:
    """The code with a hyphen after every `group` symbols."""
    return "-".join(code[i : i + group] for i in range(0, len(code), group))


def read_code(text: str, length: int, group: int = 4) -> str | None:
    """What somebody typed as a code in its written form, or None when it cannot be one (wrong check symbol)."""
    plain = BETWEEN.sub("", text.upper()).translate(LOOK_ALIKES)
    if len(plain) != length or any(ch not in SYMBOLS for ch in plain):
        return None
    return grouped(plain, group) if check_symbol(plain[:-1]) == plain[-1] else None
