"""Amounts in Indonesian words, as they stand on proofs of payment; no queries."""

from __future__ import annotations

from decimal import Decimal

ONES = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")
SCALES = ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (1000, "ribu"))


def in_words(amount: Decimal | int) -> str:
    """Whole rupiah of nought or more, such as `seratus lima puluh ribu rupiah`."""
    return f"{_number(int(amount)) or 'nol'} rupiah"


def _number(n: int) -> str:
    for scale, name in SCALES:
        if n >= scale:
            head = "seribu" if scale == 1000 and n < 2000 else f"{_number(n // scale)} {name}"
            return f"{head} {_number(n % scale)}".strip()
    if n >= 100:
        head = "seratus" if n < 200 else f"{ONES[n // 100]} ratus"
        return f"{head} {_number(n % 100)}".strip()
    if n >= 20:
        return f"{ONES[n // 10]} puluh {ONES[n % 10]}".strip()
    return f"{ONES[n - 10]} belas" if n > 11 else ONES[n]
