"""Lines and paragraphs of text: one form, nothing hidden in them, bounded."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.shape import Asked, Unfit

TEXT_LENGTH = 200
TEXTAREA_LENGTH = 2000
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


def only_text(raw: Any) -> Any:
    """The value when it is a text or a number; refuses anything else."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unfit(_("This must be a text."))
    return raw


def clean_text(field: Field, raw: Any, asked: Asked) -> str:
    """A tidy text within its length; emoji only in paragraphs."""
    raw = only_text(raw)
    lines = field.type == "textarea"
    longest = field.max_length or (TEXTAREA_LENGTH if lines else TEXT_LENGTH)
    if isinstance(raw, str) and len(raw) > longest * 4 + 1000:
        raise Unfit(_("This is too long: at most %(count)s characters.") % {"count": longest})
    text = tidy(raw, lines=lines)
    if field.upper:
        text = text.upper()
    if len(text) > longest:
        raise Unfit(_("This is too long: at most %(count)s characters.") % {"count": longest})
    if re.search(r"[̀-ͯ҃-҉᷀-᷿⃐-⃿︠-︯]{3,}", text):
        raise Unfit(_("There are characters in it that cannot be read. Please type it again."))
    if not lines:
        for char in text:
            if unicodedata.category(char) in {"So", "Sk"} and char not in "°©®№^`´¨¯¸":
                raise Unfit(_("Please write this without pictures or emoji."))
    if field.pattern and not re.fullmatch(field.pattern, text):
        sentence = _("This is not in the form asked for.")
        raise Unfit(f"{sentence} {field.help}" if field.help else sentence)
    return text


def text_schema(field: Field) -> dict[str, Any]:
    """JSON Schema of a text."""
    schema: dict[str, Any] = {
        "type": "string",
        "maxLength": field.max_length or (TEXTAREA_LENGTH if field.type == "textarea" else TEXT_LENGTH),
    }
    if field.pattern:
        schema["pattern"] = f"^(?:{field.pattern})$"
    return schema


def text_attrs(field: Field) -> dict[str, Any]:
    """Limits of the control."""
    attrs = {"maxlength": field.max_length or (TEXTAREA_LENGTH if field.type == "textarea" else TEXT_LENGTH)}
    return {**attrs, "pattern": field.pattern} if field.pattern and not field.upper else attrs


def as_it_is(field: Field, value: Any, is_long: bool) -> str:
    """The text itself."""
    return str(value)
