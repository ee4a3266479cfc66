"""Finds in what a person writes which bill, which transfer, which day, hour and amount they mean; pure, no queries.

Read are labelled lines ("Nomor transfer: …", "Tanggal: 27 November 2026", "Jam: 14.30 WIB", "Jumlah: Rp150.000,00") and the
one line of an SMS: BAYAR, bill, number of the transfer, day, hour, and perhaps the amount. Days are written day first, as in
Indonesia.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dgs.core.billing import codes

LONGEST = 4_000
MOST_BILLS = 5
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari february pebruari feb peb", "maret march mar", "april apr", "mei may",
            "juni june jun", "juli july jul", "agustus august agu agt ags aug", "september sept sep", "oktober october okt oct",
            "november nopember nov nop", "desember december des dec",
        ),
        1,
    )
    for name in names.split()
}
ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
# Not beside a digit, nor beside a sign that makes a longer number of it.
HEAD, TAIL = r"(?<![\w.,/:\-])", r"(?![\w]|[.,/:\-]\d)"
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
ZONE = r"\s*(?P<zone>wib|wita|wit)?(?!\w)"
TEXT = re.I | re.ASCII
DAY_PATTERNS = (
    re.compile(rf"{HEAD}(?P<y>20\d\d)[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)", re.ASCII),
    re.compile(rf"{HEAD}(?P<d>\d{{1,2}})[-/.](?P<m>\d{{1,2}})[-/.](?P<y>20\d\d|\d\d)(?!\d)", re.ASCII),
    re.compile(
        rf"(?<!\w)(?P<d>\d{{1,2}})[\s\-./]{{0,3}}(?P<n>{MONTH})\.?(?![a-z])"
        r"(?:[\s\-./,']{0,3}(?P<y>20\d\d|\d\d(?![\d.:])))?",
        TEXT,
    ),
    re.compile(rf"{HEAD}(?P<d>\d\d)(?P<m>\d\d)(?P<y>20\d\d){TAIL}", re.ASCII),
    re.compile(rf"{HEAD}(?P<d>\d{{1,2}})[-/](?P<m>\d{{1,2}}){TAIL}", re.ASCII),
)
HOUR = re.compile(
    r"(?<![\d.,:/\-])(?P<h>[01]?\d|2[0-3])[:.](?P<i>[0-5]\d)(?:[:.](?P<s>[0-5]\d))?(?![\d]|[.,:/\-]\d)"
    r"\s*(?P<part>[ap]\.?m\b\.?|pagi|siang|sore|malam)?" + ZONE,
    TEXT,
)
WHOLE_HOUR = re.compile(
    r"\b(?:jam|pukul|pkl)\.?\s*:?\s*(?P<h>[01]?\d|2[0-3])(?![\d.:])\s*(?P<part>pagi|siang|sore|malam)?" + ZONE, TEXT
)
FOUR_DIGITS = re.compile(rf"{HEAD}(?P<h>[01]\d|2[0-3])(?P<i>[0-5]\d){TAIL}(?P<part>){ZONE}", TEXT)
BARE_HOUR = re.compile(r"(?P<h>[01]?\d|2[0-3])(?P<part>)(?P<zone>)", re.ASCII)
NUMBER = r"\d{1,3}(?:[., ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
UNIT = r"(?P<u>ribu|rb|juta|jt)"
AMOUNT_MARKED = re.compile(rf"(?<!\w)(?:rp|idr)\.?[\s:]{{0,3}}(?P<n>{NUMBER})(?:,-|,--)?\s*{UNIT}?(?!\w)", TEXT)
AMOUNT_WORDED = re.compile(rf"(?<![\w.,])(?P<n>{NUMBER})\s*{UNIT}(?!\w)", TEXT)
AMOUNT_GROUPED = re.compile(
    rf"{HEAD}(?P<n>\d{{1,3}}(?:\.\d{{3}})+(?:,\d{{1,2}})?|\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,2}})?)(?P<u>){TAIL}", re.ASCII
)
AMOUNT_PLAIN = re.compile(rf"(?P<n>{NUMBER})(?P<u>)", re.ASCII)
AMOUNT_LEFT = re.compile(rf"{HEAD}\d{{4,12}}{TAIL}", re.ASCII)
BILL = re.compile(r"(?<![A-Za-z0-9])TGH[\s\-./_]{0,2}(?P<y>20\d\d)[\s\-./_]{0,2}(?P<n>\d{1,9})(?!\d)", TEXT)
ADDRESS = re.compile(r"\S+@\S+|\bhttps?://\S+|\bwww\.\S+", re.I)
PHONE = re.compile(r"(?<!\w)(?:\+62|62|0)8\d{7,11}(?!\w)", re.ASCII)
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9/\-_.]*[A-Za-z0-9]", re.ASCII)
COMMAND = re.compile(r"\b(?:bayar|konfirmasi|pay)\b[\s:,]*(?P<n>[A-Za-z0-9][A-Za-z0-9/\-_.]{2,}[A-Za-z0-9])", TEXT)
NO = r"no(?:mor|mer)?\.?"
LABELS = {
    "transfer": (
        rf"(?:{NO}|id|kode)\s*(?:bukti\s*)?(?:transfer|trf|transaksi|trx|referensi|ref|resi|reff|bukti)\.?"
        r"|(?:referensi|reference|ref|reff)(?:\s*(?:no|number|id))?\.?|transfer\s*(?:no|number|id)\.?|transaction\s*(?:id|number)"
    ),
    "day": r"(?:hari[\s/,]*)?(?:tanggal|tgl|date)\.?(?:\s*(?:transfer|transaksi|bayar))?",
    "hour": r"jam|pukul|pkl\.?|waktu|time|hour",
    "amount": r"jumlah|nominal|sebesar|amount|total|nilai",
    "bill": rf"(?:kode|{NO})\s*(?:bayar|pembayaran|billing|tagihan)|tagihan|payment\s*code|bill(?:\s*(?:no|number))?\.?",
}
LABELLED = {
    name: re.compile(
        rf"(?:^|[\n;,|*\-•])[^\S\n]*(?:{words})(?:[^\S\n]*\([^)\n]{{0,30}}\))?[^\S\n]*[:=][^\S\n]*(?P<value>[^\n;|]+)", re.I
    )
    for name, words in LABELS.items()
}


@dataclass(frozen=True)
class Told:
    """What a text says. `bills` are payment codes (12 digits) or numbers (TGH-…) that may name the bill, the likeliest first;
    `amount` in rupiah may be left out by people; `at` needs day and hour."""

    bills: tuple[str, ...] = ()
    transfer_number: str = ""
    day: date | None = None
    hour: time | None = None
    zone: str = ""
    amount: Decimal | None = None

    @property
    def missing(self) -> list[str]:
        """What must still be written, of "bill", "transfer", "day" and "hour"."""
        there = {"bill": self.bills, "transfer": self.transfer_number, "day": self.day, "hour": self.hour}
        # Midnight is an hour too.
        return [name for name, value in there.items() if value is None or value in ("", ())]

    def at(self, zone: ZoneInfo) -> datetime:
        """The instant; `zone` is where the region lies, unless the text names another."""
        return datetime.combine(self.day, self.hour, ZoneInfo(ZONES[self.zone]) if self.zone else zone)


def read(text: str, today: date) -> Told:
    """What a text says of a transfer; `today` is for days without a year, "hari ini" and "kemarin". Never fails."""
    text = _plain(text)
    labelled = {name: found["value"].strip() for name, pattern in LABELLED.items() if (found := pattern.search(text))}
    bills, text = _bills(text, labelled.get("bill", ""))
    rest = text
    number = _labelled_number(labelled.get("transfer", ""))
    if number:
        rest = rest.replace(number, " ", 1)
    amount, rest = _amount(rest, labelled.get("amount", ""), (AMOUNT_MARKED, AMOUNT_WORDED))
    day, rest = _day(rest, labelled.get("day", ""), today)
    hour, zone, rest = _hour(rest, labelled.get("hour", "") or labelled.get("day", ""))
    if amount is None:
        amount, rest = _amount(rest, "", (AMOUNT_GROUPED,))
    if not number:
        number, rest = _number(rest)
    if hour is None:
        hour, zone, rest = _take_hour(rest, FOUR_DIGITS)
    if amount is None:
        amount = _left_amount(rest)
    return Told(tuple(bills), number, day, hour, zone, amount)


def impossible_day(text: str, today: date) -> str:
    """What is written as a day in a text and is in no calendar, such as 31-02-2026; empty when there is none."""
    written = [found for pattern in DAY_PATTERNS for found in pattern.finditer(_plain(text))]
    wrong = [found[0] for found in written if _date(found.groupdict(), today) is None]
    return wrong[0].strip() if wrong and len(wrong) == len(written) else ""


def _plain(text: str) -> str:
    text = "".join(" " if ch in "\x00\u00a0\u202f\u2007\t" else ch for ch in text[:LONGEST])
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2013", "-").replace("\u2011", "-").replace("\u2010", "-")
    return ADDRESS.sub(" ", text)


def _bills(text: str, labelled: str) -> tuple[list[str], str]:
    """The bills named, and the text without the first of them; what is labelled as the bill goes first.

    A bill's number is the better evidence: a payment code is 12 digits, and so may a number of the bank be.
    """
    for part in (labelled, text) if labelled else (text,):
        numbers = list(dict.fromkeys(f"TGH-{found['y']}-{int(found['n']):06d}" for found in BILL.finditer(part)))
        if numbers:
            return numbers[:MOST_BILLS], BILL.sub(" ", text)
        if found := codes.codes_in(PHONE.sub(" ", part))[0]:
            written = r"[\s./\-]{0,2}".join(found[0])
            return found[:MOST_BILLS], re.sub(rf"(?<!\d){written}(?!\d)", " ", text)
    return [], text


def _labelled_number(value: str) -> str:
    found = TOKEN.search(value)
    if not found or not any(ch.isdigit() for ch in found[0]):
        return ""
    # "FT26330 ABC 123" in groups: all of the line that is letters, digits and blanks.
    whole = re.match(r"[A-Za-z0-9][A-Za-z0-9/\-_. ]*", value[found.start():], re.ASCII)[0].strip(" .-")
    groups = whole.split()
    if len(groups) > 1 and all(any(ch.isdigit() for ch in group) for group in groups) and not _looks_like_time(whole):
        return whole[:60]
    return found[0][:60]


def _looks_like_time(text: str) -> bool:
    return any(pattern.search(text) for pattern in (*DAY_PATTERNS[:3], HOUR))


def _day(text: str, labelled: str, today: date) -> tuple[date | None, str]:
    for part in (labelled, text) if labelled else (text,):
        for pattern in DAY_PATTERNS:
            for found in pattern.finditer(part):
                day = _date(found.groupdict(), today)
                if day is not None:
                    return day, text.replace(found[0], " ", 1)
        low = part.lower()
        for words, back in (("hari ini", 0), ("kemarin", 1), ("today", 0), ("yesterday", 1)):
            if re.search(rf"\b{words}\b", low):
                return today - timedelta(days=back), text
    return None, text


def _date(parts: dict, today: date) -> date | None:
    month = MONTHS[parts["n"].lower()] if parts.get("n") else int(parts["m"])
    year = parts.get("y")
    try:
        if year:
            return date(int(year) if len(year) == 4 else 2000 + int(year), month, int(parts["d"]))
        day = date(today.year, month, int(parts["d"]))
        return day if day <= today + timedelta(days=1) else date(today.year - 1, month, int(parts["d"]))
    except ValueError:
        return None


def _hour(text: str, labelled: str) -> tuple[time | None, str, str]:
    for part in (labelled, text) if labelled else (text,):
        for pattern in (HOUR, WHOLE_HOUR):
            if found := pattern.search(part):
                hour, zone = _clock(found)
                return hour, zone, text.replace(found[0], " ", 1)
        if part is labelled and (found := FOUR_DIGITS.search(part) or BARE_HOUR.fullmatch(part)):
            hour, zone = _clock(found)
            return hour, zone, text.replace(found[0], " ", 1)
    return None, "", text


def _take_hour(text: str, pattern: re.Pattern) -> tuple[time | None, str, str]:
    found = pattern.search(text)
    if not found:
        return None, "", text
    hour, zone = _clock(found)
    return hour, zone, text[: found.start()] + " " + text[found.end():]


def _clock(found: re.Match) -> tuple[time, str]:
    parts = found.groupdict()
    hour, part = int(parts["h"]), (parts.get("part") or "").lower().replace(".", "")
    if hour < 12 and (part in {"pm", "sore", "malam"} or (part == "siang" and hour < 6)):
        hour += 12
    if hour == 12 and part in {"am", "malam"}:
        hour = 0
    return time(hour, int(parts.get("i") or 0), int(parts.get("s") or 0)), (parts.get("zone") or "").lower()


def _amount(text: str, labelled: str, patterns: tuple[re.Pattern, ...]) -> tuple[Decimal | None, str]:
    if labelled:
        for pattern in (AMOUNT_MARKED, AMOUNT_WORDED, AMOUNT_PLAIN):
            if (found := pattern.match(labelled) or pattern.search(labelled)) and (amount := _rupiah(found)) is not None:
                return amount, text.replace(found[0], " ", 1)
    for pattern in patterns:
        for found in pattern.finditer(text):
            if (amount := _rupiah(found)) is not None:
                return amount, text[: found.start()] + " " + text[found.end():]
    return None, text


def _rupiah(found: re.Match) -> Decimal | None:
    """An amount in whole rupiah, dots and commas as they fall; None when it is none."""
    digits, unit = found["n"], (found["u"] or "").lower()
    if len(digits) > 30:
        return None
    tail = re.search(r"[.,](\d{1,2})$", digits)
    whole = digits[: tail.start()] if tail else digits
    fraction = tail[1] if tail else ""
    number = Decimal(re.sub(r"[^\d]", "", whole) + ("." + fraction if fraction else ""))
    number *= {"ribu": 1000, "rb": 1000, "juta": 1_000_000, "jt": 1_000_000}.get(unit, 1)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() and number > 0 else None


def _number(text: str) -> tuple[str, str]:
    """The number of the transfer among what is left: letters with digits, else a long row of digits; the first that fits.

    After the word BAYAR what follows is taken for it from four signs on.
    """
    text = PHONE.sub(" ", text)
    command = COMMAND.search(text)
    if command and any(ch.isdigit() for ch in command["n"]):
        return command["n"][:60], text[: command.start("n")] + " " + text[command.end("n"):]
    tokens = [found for found in TOKEN.finditer(text) if any(ch.isdigit() for ch in found[0]) and len(found[0]) <= 60]
    mixed = [found for found in tokens if any(ch.isalpha() for ch in found[0]) and sum(ch.isalnum() for ch in found[0]) >= 6]
    long = [found for found in tokens if not any(ch.isalpha() for ch in found[0]) and sum(ch.isdigit() for ch in found[0]) >= 8]
    for found in (*mixed, *long):
        return found[0], text[: found.start()] + " " + text[found.end():]
    return "", text


def _left_amount(text: str) -> Decimal | None:
    """A bare number that is left over and can only be the amount: there is no other."""
    found = AMOUNT_LEFT.findall(PHONE.sub(" ", text))
    return Decimal(found[0]) if len(found) == 1 and int(found[0]) > 0 else None
