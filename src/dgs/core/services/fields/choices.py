"""One answer or several of a closed list, and boxes to tick."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.shape import Asked, Unfit


def clean_choice(field: Field, raw: Any, asked: Asked) -> str:
    """One of the options."""
    value = raw if isinstance(raw, str) else str(raw)
    if value not in {option.value for option in field.options}:
        raise Unfit(_("Please choose one of the answers given."))
    return value


def clean_choices(field: Field, raw: Any, asked: Asked) -> list[str]:
    """Some of the options, in their order."""
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


def clean_boolean(field: Field, raw: Any, asked: Asked) -> bool:
    """Yes or no."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in {"on", "true", "1", "ya", "yes"}:
        return True
    if isinstance(raw, str) and raw.strip().lower() in {"off", "false", "0", "tidak", "no"}:
        return False
    raise Unfit(_("Please tick this or leave it empty."))


def option_text(field: Field, value: Any) -> str:
    """The words of an option."""
    return next((str(option.label) for option in field.options if option.value == value), str(value))
