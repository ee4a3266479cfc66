"""The types a field may have: how raw input becomes a stored value or a sentence, how it is shown, its schema.

Which fields are asked and in which order stands in form_engine.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dgs.core.services.definition import Field

TEXT_LENGTH = 200
TEXTAREA_LENGTH = 2000
DECIMAL_PLACES = 2
LARGEST_NUMBER = 10**12
LARGEST_MONEY = 10**15
LIST_ROWS = 200
LEVELS = {"province": 1, "regency": 2, "district": 3, "village": 4}
REGION_CODE = re.compile(r"^\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?$")
MONTHS = {
    "id": ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
}
SHORT = {
    "id": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
# Bounding box of the Republic with a little sea around it, degrees.
LATITUDES = (Decimal("-11.5"), Decimal("6.5"))
LONGITUDES = (Decimal("94.5"), Decimal("141.5"))


class Unfit(Exception):
    """A raw value that cannot be taken; `sentence` says how to mend it."""

    def __init__(self, sentence: str | Promise) -> None:
        self.sentence = str(sentence)
        super().__init__(self.sentence)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What cleaning may need to know besides the field: the day, and how to find a region by its code."""

    today: date
    region: Callable[[str], Any]
    home: str | None = None


@dataclass(frozen=True, kw_only=True)
class FieldType:
    """A type of field. `clean` gets a raw value that is not blank and gives a JSON value or raises Unfit.

    `reckons` is the kind the expression language converts stored values to; `plain` says that an option, min or
    similar key of the definition is meaningful (checked by the loader).
    """

    name: str
    clean: Callable[[Field, Any, Asked], Any]
    show: Callable[[Field, Any, bool], str]
    schema: Callable[[Field], dict[str, Any]]
    attrs: Callable[[Field], dict[str, Any]] = lambda field: {}
    reckons: str = "text"
    keys: frozenset[str] = frozenset()


# --- text ------------------------------------------------------------------------------------------------------------

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
DASHES_AND_QUOTES = {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x201C: '"', 0x201D: '"', 0x2010: "-", 0x2011: "-"}


def tidy(raw: Any, *, lines: bool = False) -> str:
    """Text in one form (NFC), without control, invisible and direction characters, blanks joined; never fails.

    Full-width letters and digits become ordinary ones. `lines` keeps line breaks.
    """
    text = str(raw).translate(FULL_WIDTH).translate(DASHES_AND_QUOTES)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if char == "\n" and lines:
            kept.append("\n")
        elif category in {"Zs", "Zl", "Zp"} or char in "\t\n\x0b\x0c":
            kept.append(" ")
        elif category not in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            kept.append(char)
    joined = re.sub(r" {2,}", " ", "".join(kept))
    if lines:
        joined = re.sub(r" *\n *", "\n", joined)
        joined = re.sub(r"\n{3,}", "\n\n", joined)
    return joined.strip()


def _only_text(raw: Any) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unfit(_("This must be a text."))
    return raw


def _clean_text(field: Field, raw: Any, asked: Asked) -> str:
    raw = _only_text(raw)
    lines = field.type == "textarea"
    longest = field.max_length or (TEXTAREA_LENGTH if lines else TEXT_LENGTH)
    if isinstance(raw, str) and len(raw) > longest * 4 + 1000:
        raise Unfit(_("This is too long: at most %(count)s characters.") % {"count": longest})
    text = tidy(raw, lines=lines)
    if len(text) > longest:
        raise Unfit(_("This is too long: at most %(count)s characters.") % {"count": longest})
    if re.search(r"[̀-ͯ҃-҉᷀-᷿⃐-⃿︠-︯]{3,}", text):
        raise Unfit(_("There are characters in it that cannot be read. Please type it again."))
    if not lines:
        for char in text:
            if unicodedata.category(char) in {"So", "Sk"} and char not in "°©®№^`´¨¯¸":
                raise Unfit(_("Please write this without pictures or emoji."))
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise Unfit(_("This is not in the form asked for."))
    return text


def _text_schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "string",
        "maxLength": field.max_length or (TEXTAREA_LENGTH if field.type == "textarea" else TEXT_LENGTH),
    }
    if field.pattern:
        schema["pattern"] = f"^(?:{field.pattern})$"
    return schema


def _text_attrs(field: Field) -> dict[str, Any]:
    attrs = {"maxlength": field.max_length or (TEXTAREA_LENGTH if field.type == "textarea" else TEXT_LENGTH)}
    return {**attrs, "pattern": field.pattern} if field.pattern else attrs


# --- numbers ---------------------------------------------------------------------------------------------------------

def _digits(raw: Any) -> str:
    """A number as typed, without blanks, with ordinary digits and minus sign."""
    text = unicodedata.normalize("NFKC", tidy(raw))
    return text.replace(" ", "").replace("\u2212", "-").replace("\u2013", "-")


def read_number(raw: Any, places: int) -> Decimal:
    """A number typed the Indonesian way (1.250,5), the plain way (1250.5) or sent as JSON; raises Unfit.

    With at most two places a single dot before exactly three digits can only part thousands.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unfit(_("This must be a number."))
    if isinstance(raw, str):
        if len(raw) > 60:
            raise Unfit(_("This number is too large."))
        text = _digits(raw)
        if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", text, re.ASCII):
            text = text.replace(".", "").replace(",", ".")
        elif re.fullmatch(r"-?\d+,\d+", text, re.ASCII):
            text = text.replace(",", ".")
        elif not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
            raise Unfit(_("Please write this as a number, such as 12 or 1.250,5."))
        raw = text
    elif isinstance(raw, int) and abs(raw) > 10**20:
        raise Unfit(_("This number is too large."))
    try:
        number = Decimal(str(raw))
    except (InvalidOperation, ValueError):
        raise Unfit(_("This must be a number.")) from None
    if not number.is_finite():
        raise Unfit(_("This must be a number."))
    if number.adjusted() > 30:
        raise Unfit(_("This number is too large."))
    if -number.normalize().as_tuple().exponent > places:
        if places == 0:
            raise Unfit(_("Please write a whole number."))
        raise Unfit(_("At most %(count)s digits after the comma.") % {"count": places})
    return number


def _bounded(field: Field, number: Decimal, largest: int, show: Callable[[Decimal], str]) -> Decimal:
    low = Decimal(str(field.min)) if field.min is not None else Decimal(0)
    high = Decimal(str(field.max)) if field.max is not None else Decimal(largest)
    if number < low:
        raise Unfit(_("This must be %(least)s or more.") % {"least": show(low)})
    if number > high:
        raise Unfit(_("This must be %(most)s or less.") % {"most": show(high)})
    return number


def _clean_integer(field: Field, raw: Any, asked: Asked) -> int:
    return int(_bounded(field, read_number(raw, 0), LARGEST_NUMBER, spoken_number))


def _clean_decimal(field: Field, raw: Any, asked: Asked) -> str:
    return plain_number(_bounded(field, read_number(raw, DECIMAL_PLACES), LARGEST_NUMBER, spoken_number))


def _clean_money(field: Field, raw: Any, asked: Asked) -> int:
    if isinstance(raw, str):
        raw = re.sub(r"^\s*(?:Rp|IDR)\.?\s*", "", raw.strip(), flags=re.IGNORECASE)
        raw = re.sub(r",(-|00)$", "", raw)
    return int(_bounded(field, read_number(raw, 0), LARGEST_MONEY, rupiah))


def plain_number(number: Decimal) -> str:
    """A decimal as it is stored: no exponent, no trailing zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def spoken_number(number: Any) -> str:
    """A number as people of the active language read it: 1.250,5 or 1,250.5."""
    text = f"{Decimal(str(number)):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if _language() == "en" else text.translate(str.maketrans(",.", ".,"))


def rupiah(amount: Any) -> str:
    """An amount of whole rupiah with a no-break space: Rp 1.250.000."""
    return "Rp\u00a0" + f"{int(amount):,}".replace(",", ".")


def _number_schema(kind: str) -> Callable[[Field], dict[str, Any]]:
    def schema(field: Field) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "format": "decimal"} if kind == "decimal" else {"type": "integer"}
        if kind == "integer":
            found["minimum"] = int(field.min) if field.min is not None else 0
            if field.max is not None:
                found["maximum"] = int(field.max)
        return found

    return schema


def _number_attrs(field: Field) -> dict[str, Any]:
    return {"maxlength": 24, "autocomplete": "off"}


# --- dates -----------------------------------------------------------------------------------------------------------

def _clean_date(field: Field, raw: Any, asked: Asked) -> str:
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        day = raw
    else:
        if not isinstance(raw, str) or len(raw) > 60:
            raise Unfit(_("Please write a date, such as 31-01-2026."))
        day = _read_date(unicodedata.normalize("NFKC", tidy(raw)))
    if not 1900 <= day.year <= 2100:
        raise Unfit(_("The year must lie between 1900 and 2100."))
    for bound, is_low in ((field.min, True), (field.max, False)):
        if bound is None:
            continue
        limit = asked.today if bound == "today" else date.fromisoformat(str(bound))
        if (day < limit) if is_low else (day > limit):
            sentence = _("This may not be before %(day)s.") if is_low else _("This may not be after %(day)s.")
            raise Unfit(sentence % {"day": spoken_date(limit)})
    return day.isoformat()


def _read_date(text: str) -> date:
    parts: tuple[str, str, str] | None = None
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII):
        parts = (found[1], found[2], found[3])
    elif found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text, re.ASCII):
        parts = (found[3], found[2], found[1])
    elif found := re.fullmatch(r"(\d{1,2})[- ]([A-Za-z]{3,9})\.?[- ](\d{4})", text, re.ASCII):
        month = _month(found[2].lower())
        parts = (found[3], str(month), found[1]) if month else None
    if parts is None:
        raise Unfit(_("Please write a date, such as 31-01-2026."))
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise Unfit(_("This day does not exist in the calendar.")) from None


def _month(name: str) -> int | None:
    for names in (*MONTHS.values(), *SHORT.values()):
        for number, known in enumerate(names, start=1):
            if known.lower() == name:
                return number
    return None


def spoken_date(day: Any, *, is_long: bool = False) -> str:
    """A day as people read it: 22 Nov 2026, or 22 November 2026 when long."""
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            return day
    names = (MONTHS if is_long else SHORT)[_language()]
    return f"{day.day} {names[day.month - 1]} {day.year}"


def _language() -> str:
    return "en" if (get_language() or "id").startswith("en") else "id"


# --- choices ---------------------------------------------------------------------------------------------------------

def _clean_choice(field: Field, raw: Any, asked: Asked) -> str:
    value = raw if isinstance(raw, str) else str(raw)
    if value not in {option.value for option in field.options}:
        raise Unfit(_("Please choose one of the answers given."))
    return value


def _clean_choices(field: Field, raw: Any, asked: Asked) -> list[str]:
    if isinstance(raw, str):
        raw = [raw]
    if not isinstance(raw, list | tuple):
        raise Unfit(_("Please choose from the answers given."))
    known = [option.value for option in field.options]
    if len(raw) > 2 * len(known) or any(not isinstance(item, str) or item not in known for item in raw):
        raise Unfit(_("Please choose from the answers given."))
    chosen = [value for value in known if value in raw]
    if len(chosen) < field.min_count:
        raise Unfit(_("Please choose at least %(count)s.") % {"count": field.min_count})
    if field.max_count > 1 and len(chosen) > field.max_count:
        raise Unfit(_("Please choose at most %(count)s.") % {"count": field.max_count})
    return chosen


def _clean_boolean(field: Field, raw: Any, asked: Asked) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in {"on", "true", "1", "ya", "yes"}:
        return True
    if isinstance(raw, str) and raw.strip().lower() in {"off", "false", "0", "tidak", "no"}:
        return False
    raise Unfit(_("Please tick this or leave it empty."))


def _option_text(field: Field, value: Any) -> str:
    return next((str(option.label) for option in field.options if option.value == value), str(value))


# --- identifiers and contacts ----------------------------------------------------------------------------------------

def _clean_nik(field: Field, raw: Any, asked: Asked) -> str:
    from dgs.core.parties import api as parties

    _only_text(raw)
    text = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", tidy(str(raw)[:100])))
    try:
        return parties.check_nik(text).nik
    except parties.NikInvalid as error:
        raise Unfit(str(error)) from None


def _clean_kk(field: Field, raw: Any, asked: Asked) -> str:
    from dgs.core.parties import api as parties

    _only_text(raw)
    text = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", tidy(str(raw)[:100])))
    try:
        return parties.check_kk(text)
    except parties.NikInvalid as error:
        raise Unfit(str(error)) from None


def _clean_phone(field: Field, raw: Any, asked: Asked) -> str:
    _only_text(raw)
    text = re.sub(r"[\s().\-]", "", unicodedata.normalize("NFKC", tidy(str(raw)[:100])))
    if text.startswith("+"):
        text = text[1:]
    if text.startswith("0"):
        text = "62" + text[1:]
    if not re.fullmatch(r"62[1-9]\d{7,11}", text, re.ASCII):
        raise Unfit(_("Please write an Indonesian phone number, such as 0812-3456-7890."))
    return text


def _clean_email(field: Field, raw: Any, asked: Asked) -> str:
    _only_text(raw)
    text = tidy(str(raw)[:400])
    if len(text) > 254 or not text.isascii():
        raise Unfit(_("Please write an e-mail address, such as nama@contoh.id."))
    try:
        EmailValidator()(text)
    except ValidationError:
        raise Unfit(_("Please write an e-mail address, such as nama@contoh.id.")) from None
    name, _at, domain = text.rpartition("@")
    return f"{name}@{domain.lower()}"


def _masked(field: Field, value: Any, is_long: bool) -> str:
    text = str(value)
    return text if is_long or len(text) < 9 else text[:4] + "*" * (len(text) - 8) + text[-4:]


def _show_phone(field: Field, value: Any, is_long: bool) -> str:
    text = str(value)
    return "0" + text[2:] if text.startswith("62") else text


# --- places ----------------------------------------------------------------------------------------------------------

def _clean_region(field: Field, raw: Any, asked: Asked) -> str:
    text = unicodedata.normalize("NFKC", tidy(str(raw)[:40])) if isinstance(raw, str) else ""
    if not REGION_CODE.match(text):
        raise Unfit(_("Please choose a place from the list."))
    found = asked.region(text)
    if found is None or (field.level and found.level != LEVELS[field.level]):
        raise Unfit(_("Please choose a place from the list."))
    if field.within_home and asked.home and not (text + ".").startswith(asked.home + "."):
        raise Unfit(_("This place lies outside our region. Please choose one within it."))
    return text


def _clean_point(field: Field, raw: Any, asked: Asked) -> dict[str, float]:
    if not isinstance(raw, Mapping):
        raise Unfit(_("Please give the place as latitude and longitude."))
    found = {}
    for name, (low, high) in (("lat", LATITUDES), ("lng", LONGITUDES)):
        value = raw.get(name)
        if isinstance(value, str):
            value = _digits(value[:60]).replace(",", ".")
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise Unfit(_("Please give the place as latitude and longitude, such as -2,9912 and 104,7567.")) from None
        if isinstance(value, bool) or not number.is_finite():
            raise Unfit(_("Please give the place as latitude and longitude, such as -2,9912 and 104,7567."))
        if not low <= number <= high:
            raise Unfit(_("This place lies outside Indonesia. Latitude comes first, longitude second."))
        found[name] = float(round(number, 6))
    return found


# --- files and lists -------------------------------------------------------------------------------------------------

FILE_KEYS = {"id", "name", "size", "type"}


def _clean_file(field: Field, raw: Any, asked: Asked) -> list[dict[str, Any]]:
    """The content was checked when the file was kept (documents room); here only shape and count are judged."""
    if not isinstance(raw, list) or len(raw) > 100:
        raise Unfit(_("Please attach the file again."))
    for item in raw:
        if not (
            isinstance(item, Mapping) and set(item) == FILE_KEYS and isinstance(item["size"], int)
            and all(isinstance(item[key], str) and len(item[key]) <= 260 for key in ("id", "name", "type"))
        ):
            raise Unfit(_("Please attach the file again."))
    if len(raw) > max(field.max_count, 1):
        raise Unfit(_("At most %(count)s file(s) here. Please remove some.") % {"count": max(field.max_count, 1)})
    if len(raw) < field.min_count:
        raise Unfit(_("Please attach at least %(count)s files.") % {"count": field.min_count})
    return [dict(item) for item in raw]


def _clean_list(field: Field, raw: Any, asked: Asked) -> Any:
    raise TypeError("rows of a list are cleaned by the form engine, column by column")


def _list_schema(field: Field) -> dict[str, Any]:
    return {
        "type": "array", "maxItems": max_rows(field), "minItems": max(field.min_count, int(field.required)),
        "items": object_schema(field.fields),
    }


def max_rows(field: Field) -> int:
    """How many rows a list may have."""
    return min(field.max_count if field.max_count > 1 else LIST_ROWS, LIST_ROWS)


def _list_text(field: Field, value: Any, is_long: bool) -> str:
    rows = []
    for row in value if isinstance(value, list) else []:
        cells = [show(column, row.get(column.id), is_long=is_long) for column in field.fields]
        rows.append(", ".join(cell for cell in cells if cell))
    return "; ".join(rows)


def object_schema(fields: tuple[Field, ...]) -> dict[str, Any]:
    """JSON Schema of an object with these fields; conditional and registered ones are never required by it."""
    properties = {}
    for field in fields:
        schema = TYPES[field.type].schema(field)
        schema["title"] = str(field.label)
        if field.help:
            schema["description"] = str(field.help)
        if field.when:
            schema["x-when"] = field.when.source
        if field.source:
            schema["x-source"] = field.source
        properties[field.id] = schema
    asked = [f.id for f in fields if f.required and not f.when and not f.source and f.type != "file"]
    return {"type": "object", "properties": properties, "required": asked, "additionalProperties": False}


def show(field: Field, value: Any, *, is_long: bool = False) -> str:
    """The value in the words of the active language; empty when there is none.

    `is_long` is for letters: months are written out, identifiers in full.
    """
    if value is None or value == "" or value == []:
        return ""
    return TYPES[field.type].show(field, value, is_long)


def _region_text(field: Field, value: Any, is_long: bool) -> str:
    from dgs.core.regions import api as regions

    found = regions.by_code(str(value))
    return found.path_label if found else str(value)


def _point_text(field: Field, value: Any, is_long: bool) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return f"{value.get('lat')}, {value.get('lng')}"


def _plain(field: Field, value: Any, is_long: bool) -> str:
    return str(value)


_BOUNDS = frozenset({"min", "max"})
_TEXT = frozenset({"max_length", "pattern"})
_ALL = (
    FieldType(name="text", clean=_clean_text, show=_plain, schema=_text_schema, attrs=_text_attrs, keys=_TEXT),
    FieldType(name="textarea", clean=_clean_text, show=_plain, schema=_text_schema, attrs=_text_attrs, keys=_TEXT),
    FieldType(
        name="integer", clean=_clean_integer, show=lambda f, v, w: spoken_number(v), schema=_number_schema("integer"),
        attrs=_number_attrs, reckons="integer", keys=_BOUNDS,
    ),
    FieldType(
        name="decimal", clean=_clean_decimal, show=lambda f, v, w: spoken_number(v), schema=_number_schema("decimal"),
        attrs=_number_attrs, reckons="decimal", keys=_BOUNDS,
    ),
    FieldType(
        name="money", clean=_clean_money, show=lambda f, v, w: rupiah(v), schema=_number_schema("integer"),
        attrs=_number_attrs, reckons="money", keys=_BOUNDS,
    ),
    FieldType(
        name="date", clean=_clean_date, show=lambda f, v, w: spoken_date(v, is_long=w),
        schema=lambda f: {"type": "string", "format": "date"}, reckons="date", keys=_BOUNDS,
        attrs=lambda f: {key: bound for key, bound in (("min", f.min), ("max", f.max)) if bound and bound != "today"},
    ),
    FieldType(
        name="choice", clean=_clean_choice, show=lambda f, v, w: _option_text(f, v), keys=frozenset({"options"}),
        schema=lambda f: {"type": "string", "enum": [option.value for option in f.options]},
    ),
    FieldType(
        name="choices", clean=_clean_choices, reckons="list", keys=frozenset({"options", "min_count", "max_count"}),
        show=lambda f, v, w: ", ".join(_option_text(f, item) for item in v) if isinstance(v, list) else str(v),
        schema=lambda f: {"type": "array", "items": {"enum": [option.value for option in f.options]}},
    ),
    FieldType(
        name="boolean", clean=_clean_boolean, show=lambda f, v, w: _("yes") if v else _("no"), reckons="boolean",
        schema=lambda f: {"type": "boolean"},
    ),
    FieldType(
        name="nik", clean=_clean_nik, show=_masked, schema=lambda f: {"type": "string", "pattern": "^[0-9]{16}$"},
    ),
    FieldType(
        name="kk", clean=_clean_kk, show=_masked, schema=lambda f: {"type": "string", "pattern": "^[0-9]{16}$"},
    ),
    FieldType(
        name="phone", clean=_clean_phone, show=_show_phone, schema=lambda f: {"type": "string"},
        attrs=lambda f: {"maxlength": 22, "autocomplete": "tel" if f.source else "off"},
    ),
    FieldType(
        name="email", clean=_clean_email, show=_plain, schema=lambda f: {"type": "string", "format": "email"},
        attrs=lambda f: {"maxlength": 254, "autocomplete": "email" if f.source else "off"},
    ),
    FieldType(
        name="region", clean=_clean_region, show=_region_text, keys=frozenset({"level", "within_home"}),
        schema=lambda f: {"type": "string", "pattern": REGION_CODE.pattern, "x-level": f.level},
    ),
    FieldType(
        name="point", clean=_clean_point, show=_point_text, reckons="point",
        schema=lambda f: {
            "type": "object", "properties": {"lat": {"type": "number"}, "lng": {"type": "number"}},
            "required": ["lat", "lng"],
        },
    ),
    FieldType(
        name="file", clean=_clean_file, reckons="list", keys=frozenset({"accept", "max_mb", "min_count", "max_count"}),
        show=lambda f, v, w: ", ".join(str(item.get("name", "")) for item in v) if isinstance(v, list) else str(v),
        schema=lambda f: {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": f.max_count},
    ),
    FieldType(
        name="list", clean=_clean_list, show=_list_text, schema=_list_schema, reckons="list",
        keys=frozenset({"fields", "min_count", "max_count"}),
    ),
)
TYPES: dict[str, FieldType] = {kind.name: kind for kind in _ALL}
