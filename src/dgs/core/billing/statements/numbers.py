"""Amounts and dates as Indonesian banks write them in CSV files, to Decimal and date; never through float."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "ags": 8, "agt": 8,
    "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nop": 11, "nov": 11, "des": 12, "dec": 12,
}
IN = {"CR", "C", "K", "KR", "KREDIT", "CREDIT", "+"}
OUT = {"DB", "D", "DR", "DEBET", "DEBIT", "-"}
BODY = re.compile(r"^\d[\d.,' ]*$")
MAX_DIGITS = 15
UNSIGNED = re.compile(r"[0-9][0-9.,]*")
# How nearly all amounts are written, by the decimal mark; what is written otherwise is looked at sign by sign.
USUAL = {
    ",": re.compile(r"([0-9]{1,3}(?:\.[0-9]{3}){0,4}|[0-9]{1,15})(?:,([0-9]{1,2}))?"),
    ".": re.compile(r"([0-9]{1,3}(?:,[0-9]{3}){0,4}|[0-9]{1,15})(?:\.([0-9]{1,2}))?"),
}


def direction(word: str) -> int:
    """+1 for money in, -1 for money out, 0 when the mark is not known."""
    word = word.strip().strip(".").upper()
    return 1 if word in IN else -1 if word in OUT else 0


def split_amount(text: str) -> tuple[str, int]:
    """The digits with their separators, and the direction written with them (0 = none): `(1.250,00)`, `1,250.00 CR`."""
    if UNSIGNED.fullmatch(text):
        return text, 0
    text = text.replace("\u00a0", " ").strip().strip("'").strip()
    text = re.sub(r"^(Rp|IDR)\.?\s*", "", text, flags=re.IGNORECASE)
    sign = 0
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1], -1
    tail = re.search(r"\s*([A-Za-z]+)$", text)
    if tail and direction(tail[1]):
        text, sign = text[: tail.start()], direction(tail[1])
    if text[:1] in "+-" and text:
        sign, text = (1 if text[0] == "+" else -1), text[1:]
    elif text[-1:] in "+-" and text:
        sign, text = (1 if text[-1] == "+" else -1), text[:-1]
    return re.sub(r"^(Rp|IDR)\.?\s*", "", text.strip(), flags=re.IGNORECASE), sign


def decimal_mark(digits: str) -> str | None:
    """Which sign this one number proves to be the decimal mark ("." or ","), or None when it proves nothing.

    Two different separators: the last. One separator followed by one or two digits at the end: that one.
    """
    separators = [ch for ch in digits if ch in ".,"]
    if not separators:
        return None
    last = separators[-1]
    if len(set(separators)) == 2:
        return last
    if len(separators) == 1 and len(digits.rsplit(last, 1)[1]) in {1, 2}:
        return last
    if len(separators) > 1 or len(digits.rsplit(last, 1)[1]) == 3:
        return "," if last == "." else "."
    return None


def to_amount(digits: str, mark: str | None) -> Decimal | None:
    """The number, when it is written properly under this decimal mark; else None."""
    if mark and (usual := USUAL[mark].fullmatch(digits)):
        whole, cents = usual[1], usual[2] or ""
        return Decimal(f"{whole.replace(',' if mark == '.' else '.', '')}.{cents:0<2}")
    if not digits.isascii() or not BODY.match(digits):
        return None
    thousands = {",": ".", ".": ",", None: ""}[mark]
    whole, _sep, cents = digits.partition(mark) if mark else (digits, "", "")
    if cents and (not cents.isdigit() or len(cents) > 2):
        return None
    groups = re.split(r"[ ']" if not thousands else rf"[ '{re.escape(thousands)}]", whole)
    if any(not group.isdigit() for group in groups):
        return None
    if len(groups) > 1 and (len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:])):
        return None
    joined = "".join(groups)
    if len(joined.lstrip("0")) > MAX_DIGITS:
        return None
    return Decimal(f"{joined}.{cents or 0}").quantize(Decimal("0.01"))


@lru_cache(maxsize=4096)  # a statement has a hundred thousand lines of a few days
def to_day(text: str, year: int | None = None, order: str = "dmy") -> date | None:
    """A date written day first (22/11/2026, 22-11-26, 22 Nov 2026, 22/11 with the year of the period) or as ISO; else None.

    `order` "mdy" is month first, "ymd" year first; a year of four digits first and a month in letters are clear in any order.
    """
    text = text.strip().strip("'").strip()
    text = re.sub(r"[T ]+\d{1,2}[:.]\d{2}([:.]\d{2})?(\.\d+)?( ?(WIB|WITA|WIT|AM|PM|Z))?$", "", text, flags=re.IGNORECASE)
    if not text.isascii():
        return None
    if found := re.fullmatch(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})", text):
        parts = int(found[1]), int(found[2]), int(found[3])
    elif found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})", text):
        if order == "ymd":
            if len(found[3]) == 4 or len(found[1]) != 2:
                return None
            parts = _full(found[1]), int(found[2]), int(found[3])
        else:
            parts = _full(found[3]), *_month_and_day(found[1], found[2], order)
    elif found := re.fullmatch(r"(\d{1,2})[-/. ]([A-Za-z]{3,9})[-/. ,]+(\d{4}|\d{2})", text):
        parts = _full(found[3]), MONTHS.get(found[2][:3].lower(), 0), int(found[1])
    elif year and (found := re.fullmatch(r"(\d{1,2})[-/](\d{1,2})", text)):
        parts = year, *_month_and_day(found[1], found[2], order)
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def _month_and_day(first: str, second: str, order: str) -> tuple[int, int]:
    return (int(first), int(second)) if order in {"mdy", "ymd"} else (int(second), int(first))


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)
