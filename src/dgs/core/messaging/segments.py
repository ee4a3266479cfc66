"""How many parts an SMS takes and in which alphabet (3GPP TS 23.038, 23.040); nothing is sent here."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("\f^{}\\[~]|€")


class Segments(NamedTuple):
    """`encoding` is "GSM-7" or "UCS-2"; `length` counts septets or UTF-16 units; `parts` is what is paid for."""

    encoding: str
    length: int
    parts: int


def segments(text: str) -> Segments:
    """What a text costs as SMS: 160 septets in one part, 153 in each of several; or 70 and 67 units of UCS-2.

    A character that takes two units is never split over two parts, as TS 23.040 demands.
    """
    if all(c in GSM or c in GSM_EXTENDED for c in text):
        return _packed("GSM-7", [2 if c in GSM_EXTENDED else 1 for c in text], 160, 153)
    return _packed("UCS-2", [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67)


def split(text: str) -> list[str]:
    """The text as its parts, as many as `segments` counts, for those to whom a long SMS is handed over part by part."""
    encoding, _length, parts = segments(text)
    if parts == 1:
        return [text]
    widths, room = (GSM_EXTENDED, 153) if encoding == "GSM-7" else (None, 67)
    found, left = [""], room
    for c in text:
        width = (2 if c in widths else 1) if widths is not None else (2 if ord(c) > 0xFFFF else 1)
        if width > left:
            found.append("")
            left = room
        found[-1] += c
        left -= width
    return found


def _packed(encoding: str, widths: list[int], single: int, several: int) -> Segments:
    length = sum(widths)
    if length <= single:
        return Segments(encoding, length, 1)
    parts, room = 1, several
    for width in widths:
        if width > room:
            parts, room = parts + 1, several
        room -= width
    return Segments(encoding, length, parts)


def in_gsm(text: str) -> str:
    """The text in the alphabet of GSM-7: letters lose the accents it lacks, anything else becomes "?".

    For what others wrote and we repeat: it must not push the rest of our message out of it.
    """
    kept = GSM | GSM_EXTENDED
    folded = "".join(c if c in kept else unicodedata.normalize("NFKD", c)[0] for c in text)
    return "".join(c if c in kept else "?" for c in folded)
