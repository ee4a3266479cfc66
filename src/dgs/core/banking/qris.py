"""The text of a QRIS code: building it, reading it strictly, its check sum and its picture; issuing one is an action.

Tag, length and value by EMV "QR Code Specification for Payment Systems, Merchant-Presented Mode" and Bank Indonesia's QRIS
standard. A real code comes about only with the merchant data that an acquirer has given to the region.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from decimal import Decimal

import segno

NATIONAL = "ID.CO.QRIS.WWW"
LONGEST = 512
NESTED = {*(f"{number:02d}" for number in range(26, 52)), "62", "64", "80"}
CURRENCY, COUNTRY = "360", "ID"


class NotQris(ValueError):
    """The text is no whole QRIS code; the sentence says where it breaks."""


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, no reflection, no final xor) as 4 capital hex digits."""
    value = 0xFFFF
    for byte in text.encode():
        value ^= byte << 8
        for _bit in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
            value &= 0xFFFF
    return f"{value:04X}"


def tlv(parts: Iterable[tuple[str, str]]) -> str:
    """Tag, length and value of each part that is not empty. Refuses (NotQris) values over 99 characters or beyond ASCII."""
    text = ""
    for tag, value in parts:
        if not value:
            continue
        if len(value) > 99 or not re.fullmatch("[ -~]+", value) or not re.fullmatch("[0-9]{2}", tag):
            raise NotQris(f"the value of {tag} cannot be written")
        text += f"{tag}{len(value):02d}{value}"
    return text


def build(
    *, domain: str, merchant_pan: str, merchant_id: str, criteria: str, nmid: str, category: str, name: str, city: str,
    postal_code: str, amount: Decimal | None = None, bill_number: str = "", reference: str = "", terminal: str = "",
) -> str:
    """The text of a code: dynamic for an amount (whole rupiah, paid once), static without one.

    `name` at most 25 and `city` at most 15 characters. Refuses (NotQris) an amount that is not whole or not above zero, and
    what is too long.
    """
    if amount is not None and (amount <= 0 or amount != amount.to_integral_value() or amount >= Decimal(10) ** 12):
        raise NotQris("the amount is not whole rupiah above zero")
    if len(name) > 25 or len(city) > 15:
        raise NotQris("the merchant's name or city is too long")
    text = tlv(
        [
            ("00", "01"), ("01", "11" if amount is None else "12"),
            ("26", tlv([("00", domain), ("01", merchant_pan), ("02", merchant_id), ("03", criteria)])),
            ("51", tlv([("00", NATIONAL), ("02", nmid), ("03", criteria)])),
            ("52", category), ("53", CURRENCY), ("54", "" if amount is None else f"{amount:.0f}"), ("58", COUNTRY),
            ("59", name), ("60", city), ("61", postal_code),
            ("62", tlv([("01", bill_number), ("05", reference), ("07", terminal)])),
        ]
    )
    text = f"{text}6304"
    text += crc(text)
    if len(text) > LONGEST:
        raise NotQris("the code is too long")
    return text


def read(text: str) -> dict[str, str | dict[str, str]]:
    """The parts by tag, templates as parts of their own.

    Refuses (NotQris) a wrong check sum, a length beyond the end, a tag that stands twice, what does not begin with 00 = 01 or
    end with the check sum, and what lacks the national template, currency, country, name or city.
    """
    if len(text) > LONGEST or not re.fullmatch("[ -~]+", text):
        raise NotQris("this is no text of a code")
    parts = _parts(text)
    tags = list(parts)
    if tags[0] != "00" or parts["00"] != "01" or tags[-1] != "63" or len(parts["63"]) != 4:
        raise NotQris("it does not begin or end as a code does")
    if crc(text[:-4]) != parts["63"]:
        raise NotQris("the check sum is wrong")
    found = {tag: _parts(value) if tag in NESTED else value for tag, value in parts.items()}
    national = found.get("51", {})
    if parts.get("53") != CURRENCY or parts.get("58") != COUNTRY or not parts.get("59") or not parts.get("60"):
        raise NotQris("currency, country, name or city is missing")
    if parts.get("01") not in {"11", "12"} or not isinstance(national, dict) or national.get("00") != NATIONAL:
        raise NotQris("it is no QRIS code")
    if (parts["01"] == "12") != ("54" in parts) or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", parts.get("54", "0")):
        raise NotQris("the amount does not fit the kind of code")
    return found


def picture(text: str) -> str:
    """The code as an SVG element with a quiet zone, black on white, without a size of its own (it fills its place)."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True, nl=False
    )
    return out.getvalue().decode()


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        tag, length = text[place : place + 2], text[place + 2 : place + 4]
        if not re.fullmatch("[0-9]{2}", tag) or not re.fullmatch("[0-9]{2}", length):
            raise NotQris(f"tag or length is wrong at {place}")
        value = text[place + 4 : place + 4 + int(length)]
        if not value or len(value) != int(length) or tag in found:
            raise NotQris(f"the value is cut off, empty or stands twice at {place}")
        found[tag] = value
        place += 4 + int(length)
    if not found:
        raise NotQris("there is nothing in it")
    return found
