"""How many parts an SMS takes and in which alphabet (3GPP TS 23.038, 23.040); nothing is sent here."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
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
    encoding, widths, cuts = _measured(text)
    return Segments(encoding, sum(widths), len(cuts) + 1)


def split(text: str) -> list[str]:
    """The text as its parts, for those to whom a long SMS is handed over part by part."""
    cuts = [0, *_measured(text)[2], len(text)]
    return [text[begin:end] for begin, end in pairwise(cuts)]


def _measured(text: str) -> tuple[str, list[int], list[int]]:
    """Alphabet, the width of each character, and before which characters a new part begins."""
    if all(c in GSM or c in GSM_EXTENDED for c in text):
        encoding, single, several = "GSM-7", 160, 153
        widths = [2 if c in GSM_EXTENDED else 1 for c in text]
    else:
        encoding, single, several = "UCS-2", 70, 67
        widths = [2 if ord(c) > 0xFFFF else 1 for c in text]
    cuts: list[int] = []
    if sum(widths) > single:
        room = several
        for place, width in enumerate(widths):
            if width > room:
                cuts.append(place)
                room = several
            room -= width
    return encoding, widths, cuts


def in_gsm(text: str) -> str:
    """The text in the alphabet of GSM-7: letters lose the accents it lacks, anything else becomes "?".

    For what others wrote and we repeat: it must not push the rest of our message out of it.
    """
    kept = GSM | GSM_EXTENDED
    folded = "".join(c if c in kept else unicodedata.normalize("NFKD", c)[0] for c in text)
    return "".join(c if c in kept else "?" for c in folded)
