"""Runs a form: which steps and fields are asked, cleaning of what was typed, and what templates need to show it.

The server decides always: a hidden field has no value, a value the register knows is taken from there, and whatever
else was sent for such a field is ignored. Nothing here touches the database except look-ups of regions.
"""

from __future__ import annotations

from dgs.core.services.form_engine.asking import (
    deciding_fields,
    is_asked,
    known_value,
    settle,
    visible,
    visible_fields,
    visible_steps,
)
from dgs.core.services.form_engine.cleaning import clean_all, clean_fields, clean_step
from dgs.core.services.form_engine.context import Context
from dgs.core.services.form_engine.raw_input import entered, pick
from dgs.core.services.form_engine.showing import FieldView, bound_fields, display, json_schema, matching_regions

__all__ = [
    "Context", "FieldView", "bound_fields", "clean_all", "clean_fields", "clean_step", "deciding_fields",
    "display", "entered", "is_asked", "json_schema", "known_value", "matching_regions", "pick", "settle",
    "visible", "visible_fields", "visible_steps",
]
