"""Names of regions: mending the spelling of the source, and the words by which a name is searched; no database."""

from __future__ import annotations

import re
import unicodedata

KINDS = (("kota", "administrasi"), ("kabupaten", "administrasi"), ("kabupaten",), ("kota",))
LEVEL_WORD = "="
SMALL = {"dan", "x", "an"}
_JOINS = dict.fromkeys(map(ord, "'’‘`\""))
_WORD = re.compile(r"[a-z0-9]+")


def proper(name: str) -> str:
    """The name as people write it.

    Mends what is visibly wrong in the source: capitals (`Lidah kulon`), words run together (`KepenuhanTengah`), spelt-out
    letters (`A u r`), a double quote for an apostrophe (`Ra"as`), blanks around a hyphen. Never changes a letter.
    """
    name = re.sub(r"(?<=\w)[\"’](?=\w)", "'", unicodedata.normalize("NFC", name)).replace("*", "")
    name = re.sub(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})", " ", " ".join(name.split()))
    name = re.sub(r"\s*-\s*", "-", name)
    if re.fullmatch(r"(\w )+\w", name):
        name = name.replace(" ", "")
    return " ".join(_capital(word, is_first=place == 0) for place, word in enumerate(name.split(" ")))


def _capital(word: str, *, is_first: bool) -> str:
    if not word[:1].islower() or (word in SMALL and not is_first):
        return word
    return word[0].upper() + word[1:]


def words(text: str) -> list[str]:
    """The text as plain lower-case words of letters and digits: `Ra'as-Baru II` gives raas, baru, ii.

    An apostrophe joins, so that "Ra'as", "Raas" and "Ra’as" find each other; every other sign separates.
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _WORD.findall(plain.translate(_JOINS))


def without_kind(plain: list[str]) -> list[str]:
    """The words of a name without Kabupaten or Kota at the beginning, unless there would be nothing left."""
    for kind in KINDS:
        if len(plain) > len(kind) and tuple(plain[: len(kind)]) == kind:
            return plain[len(kind) :]
    return plain
