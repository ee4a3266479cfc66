"""The door of the catalogue: definitions, publishing, search, the form engine and fees."""

from dgs.core.services import by_sms
from dgs.core.services.actions import publish, publish_sources, set_open
from dgs.core.services.asked_once import questions_not_asked
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
    known_value,
    matching_regions,
    settle,
    visible,
    visible_fields,
    visible_steps,
)
from dgs.core.services.loader import DefinitionInvalid, Problem, load_folder, parse, read_sources
from dgs.core.services.loader.examples import example_values
from dgs.core.services.queries import attributes_of, current_version, definition_of, open_services, search, version_by_id
from dgs.core.services.sms import address_of, choose, chosen, find

__all__ = [
    "questions_not_asked",
    "Action", "Bilingual", "Context", "Definition", "DefinitionInvalid", "Example", "Expiry", "Expression",
    "ExpressionFailed", "ExpressionInvalid", "FeeLine", "FeeUncertain", "Field", "FieldView", "Form", "Problem",
    "State", "Step", "address_of", "attributes_of", "bound_fields", "by_sms", "choose", "chosen", "clean_all",
    "clean_fields", "clean_step", "current_version", "deciding_fields", "definition_of", "display", "entered",
    "example_values", "fee_lines", "fee_total", "find", "json_schema", "known_value", "load_folder",
    "matching_regions", "open_services", "parse", "publish", "publish_sources", "read_sources", "search",
    "set_open", "settle", "version_by_id", "visible", "visible_fields", "visible_steps",
]
