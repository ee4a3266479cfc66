"""The door of the catalogue: definitions, publishing, search, the form engine and fees."""

from dgs.core.services.actions import publish, publish_sources, set_open
from dgs.core.services.definition import Action, Bilingual, Definition, Example, Expiry, FeeLine, Field, Form, State, Step
from dgs.core.services.expressions import Expression, ExpressionFailed, ExpressionInvalid
from dgs.core.services.fees import FeeUncertain, fee_lines, fee_total
from dgs.core.services.form_engine import (
    Context,
    FieldView,
    bound_fields,
    clean_all,
    clean_fields,
    clean_step,
    deciding_fields,
    display,
    entered,
    json_schema,
    settle,
    visible,
    visible_fields,
    visible_steps,
)
from dgs.core.services.loader import DefinitionInvalid, Problem, load_folder, parse, read_sources
from dgs.core.services.loader.examples import example_values
from dgs.core.services.queries import attributes_of, current_version, definition_of, open_services, search

__all__ = [
    "Action", "Bilingual", "Context", "Definition", "DefinitionInvalid", "Example", "Expiry", "Expression",
    "ExpressionFailed", "ExpressionInvalid", "FeeLine", "FeeUncertain", "Field", "FieldView", "Form", "Problem",
    "State", "Step", "attributes_of", "bound_fields", "clean_all", "clean_fields", "clean_step", "current_version",
    "deciding_fields", "definition_of", "display", "entered", "example_values", "fee_lines", "fee_total",
    "json_schema", "load_folder", "open_services", "parse", "publish", "publish_sources", "read_sources",
    "search", "set_open", "settle", "visible", "visible_fields", "visible_steps",
]
