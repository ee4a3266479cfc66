"""Payment codes: their check digits, how they are written, and how they are found in what a bank prints; no queries.

A code is 12 digits: a body of 10 (the first is never 0) and two check digits by ISO 7064 MOD 97-10, so every single
wrong digit and every swap of two digits is noticed. The body comes from the database (billing_payment_code).
"""

from __future__ import annotations

import re

LENGTH = 12
RUN = re.compile(r"\d+(?:[ \t\r\n./\-\u2010-\u2013]{1,2}\d+)*")
GROUP = re.compile(r"\d+")
SUBFIELD = re.compile(r"\?\d\d")


def is_code(digits: str) -> bool:
    """Whether these are 12 digits whose check digits agree."""
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit() and digits[0] != "0" and int(digits) % 97 == 1


def with_check_digits(body: int) -> str:
    """The code of a 10-digit body."""
    return f"{body * 100 + 98 - body * 100 % 97:012d}"


def grouped(code: str) -> str:
    """`123456789012` as `1234 5678 9012`, the way it is shown and read aloud."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def read_code(text: str) -> str | None:
    """What a person typed as a code, or None when it cannot be one."""
    digits = "".join(ch for ch in text if ch not in " -.\u2010\u2011\u2013\t")
    return digits if is_code(digits) else None


def codes_in(text: str) -> tuple[list[str], list[str]]:
    """Candidates in a bank's reference or text: (written as whole groups of digits, found inside longer digits).

    Spaces, hyphens, dots, slashes and line breaks between digits are tolerated, for banks wrap text and people write in
    groups. A whole candidate is the better evidence; the second list only counts when no whole one is a known bill.
    """
    whole: list[str] = []
    inside: list[str] = []
    for run in RUN.findall(SUBFIELD.sub(" ", text) if "?" in text else text):
        if len(run) < LENGTH:
            continue
        groups = GROUP.findall(run)
        digits = "".join(groups)
        if len(digits) <= LENGTH:
            whole += [digits] if is_code(digits) else []
            continue
        for start in range(len(groups)):
            joined = ""
            for group in groups[start:]:
                joined += group
                if len(joined) >= LENGTH:
                    break
            if is_code(joined):
                whole.append(joined)
        inside += [digits[i : i + LENGTH] for i in range(len(digits) - LENGTH + 1) if is_code(digits[i : i + LENGTH])]
    whole = list(dict.fromkeys(whole))
    return whole, [code for code in dict.fromkeys(inside) if code not in whole]
