"""How numbers, money and times are written for people, in Indonesian and English; no parsing here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

NO_BREAK = "\u00a0"
MINUS = "\u2212"
MONTHS = {
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
SHORT_MONTHS = {
    "id": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
DAYS = {
    "id": ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}


def language() -> str:
    """ "en" or "id", whichever is active."""
    return "en" if (get_language() or "id").startswith("en") else "id"


def number(value: Any, places: int | None = None) -> str:
    """A number with its thousands grouped: 12.345,6 in Indonesian, 12,345.6 in English; not a number comes back as it is."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,f}"
    if language() == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return (MINUS if exact < 0 else "") + text


def rupiah(value: Any) -> str:
    """Whole rupiah as `Rp 1.250.000` (no-break space; thousands by dot in both languages); empty for None."""
    if value is None or value == "":
        return ""
    try:
        whole = Decimal(str(value)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return str(value)
    return (MINUS if whole < 0 else "") + f"Rp{NO_BREAK}{abs(whole):,f}".replace(",", ".")


ONES = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")
THOUSANDS = ("", "ribu", "juta", "miliar", "triliun")


def in_words(value: int) -> str:
    """A whole amount of rupiah as it is read in Indonesian, for receipts: 1250 is "seribu dua ratus lima puluh rupiah".

    From 0 to 999 trillion; ValueError beyond.
    """
    if not 0 <= value < 10**15:
        raise ValueError(f"{value} cannot be written in words")
    parts: list[str] = []
    for power in range(len(THOUSANDS) - 1, -1, -1):
        group = value // 1000**power % 1000
        if group == 1 and power == 1:
            parts.append("seribu")
        elif group:
            parts += [_hundreds(group), THOUSANDS[power]]
    return " ".join(" ".join(parts).split() or ["nol"]) + " rupiah"


def _hundreds(group: int) -> str:
    hundreds, rest = divmod(group, 100)
    said = "" if not hundreds else "seratus" if hundreds == 1 else f"{ONES[hundreds]} ratus"
    if rest < 12:
        return f"{said} {ONES[rest]}"
    if rest < 20:
        return f"{said} {ONES[rest - 10]} belas"
    return f"{said} {ONES[rest // 10]} puluh {ONES[rest % 10]}"


def _moment(value: Any) -> date | datetime | None:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return value if isinstance(value, date) else None


def day(value: Any, style: str = "short") -> str:
    """A date, an instant (its local day) or an ISO text as `22 Nov 2026`.

    `style`: "short", "long" (22 November 2026) or "full" (Minggu, 22 November 2026).
    """
    moment = _moment(value)
    if moment is None:
        return "" if value in (None, "") else str(value)
    months = (SHORT_MONTHS if style == "short" else MONTHS)[language()]
    text = NO_BREAK.join((str(moment.day), months[moment.month - 1], str(moment.year)))
    return f"{DAYS[language()][moment.weekday()]}, {text}" if style == "full" else text


def clock(value: Any, style: str = "short") -> str:
    """An instant as local day and time, `22 Nov 2026, 08.05`; style "zone" adds WIB, WITA or WIT."""
    moment = _moment(value)
    if not isinstance(moment, datetime):
        return day(value)
    time = moment.strftime("%H.%M" if language() == "id" else "%H:%M")
    text = f"{day(moment)}, {time}"
    offset = moment.utcoffset()
    if style == "zone" and offset is not None:
        text += NO_BREAK + ZONES.get(int(offset.total_seconds() // 3600), moment.strftime("%Z"))
    return text
