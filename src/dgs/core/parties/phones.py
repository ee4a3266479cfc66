"""The one rule by which a typed telephone number becomes the stored one; what a refusal says is the caller's."""

from __future__ import annotations

import re
import unicodedata

PUNCTUATION = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]")
NUMBER = re.compile(r"62[1-9][0-9]{8,11}")
MOBILE = re.compile(r"628[0-9]{8,11}")


def normalise_phone(text: str, *, mobile_only: bool = False) -> str:
    """An Indonesian number as 62 and 9 to 12 digits; ValueError for anything else.

    Takes 0812…, +62 812…, 62812… and 812… with the usual spaces, dots, hyphens, slashes and brackets; of fixed lines
    0711…, +62 711… and 62711…. The lengths follow the national numbering plan (Permenkominfo 14/2018).
    `mobile_only` is for where an SMS goes.
    """
    digits = PUNCTUATION.sub("", unicodedata.normalize("NFKC", text))
    if digits.startswith("+"):
        digits = digits[1:]
    elif digits.startswith("0"):
        digits = "62" + digits[1:]
    elif digits.startswith("8"):
        digits = "62" + digits
    if not (MOBILE if mobile_only else NUMBER).fullmatch(digits):
        raise ValueError("not a number of Indonesia")
    return digits
