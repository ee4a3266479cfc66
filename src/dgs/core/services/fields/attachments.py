"""Files as they stand in the values of a form; their content was judged when they were kept (documents room)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.shape import Asked, Unfit

FILE_KEYS = {"id", "name", "size", "type"}


def clean_file(field: Field, raw: Any, asked: Asked) -> list[dict[str, Any]]:
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
