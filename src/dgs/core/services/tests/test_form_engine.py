"""Which questions are asked, what becomes of the answers, and that the server decides."""

from datetime import date

import pytest
from django.http import QueryDict

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Bilingual, Check, Field, Form, Option, Source, Step
from dgs.core.services.expressions import Expression
from dgs.core.services.form_engine import (
    bound_fields,
    clean_all,
    clean_fields,
    clean_step,
    deciding_fields,
    entered,
    json_schema,
    settle,
    visible_fields,
    visible_steps,
)

TYPES = {"age": "integer", "width": "decimal", "rows.seats": "integer", "row.seats": "integer", "findings.size": "decimal"}


def words(text):
    return Bilingual(id=text, en=text)


def rule(text):
    return Expression(text, TYPES)


def question(name, kind="text", **more):
    if isinstance(more.get("when"), str):
        more["when"] = rule(more["when"])
    if "source" in more:
        more["sources"] = (Source(path=more["source"]),)
    return Field(id=name, type=kind, label=words(name), **more)


def yes_no(name, **more):
    return question(name, "choice", options=(Option(value="ya", label=words("Ya")), Option(value="no", label=words("No"))),
                    **more)


@pytest.fixture
def form():
    return Form(steps=(
        Step(id="who", title=words("Who"), fields=(
            question("name", source="applicant.name"),
            question("age", "integer"),
            yes_no("married", when="age >= 17"),
            question("spouse", when='married == "ya"'),
        )),
        Step(id="extra", title=words("Extra"), when=rule('married == "ya"'), fields=(question("book", "file"),)),
        Step(id="rest", title=words("Rest"), fields=(
            question("rows", "list", required=False, max_count=3, fields=(
                question("plate"), question("seats", "integer", checks=(Check(rule=rule("value <= 8"), message=words("≤ 8")),)),
                question("reason", when="row.seats > 4"),
            ), checks=(Check(rule=rule("is_distinct(rows.plate)"), message=words("twice")),)),
            question("width", "decimal", required=False,
                     checks=(Check(rule=rule("value - age <= 0"), message=words("wider than old")),)),
        )),
    ))


FILE = {"id": "x", "name": "a.pdf", "size": 3, "type": "application/pdf"}


def test_a_chain_of_conditions_hides_everything_behind_the_first_that_fails(form, context):
    told = {"age": 30, "married": "ya", "spouse": "Budi", "book": [FILE]}
    assert [s.id for s in visible_steps(form, context(told))] == ["who", "extra", "rest"]
    changed = {**told, "age": 12}
    assert [s.id for s in visible_steps(form, context(changed))] == ["who", "rest"]
    assert [f.id for f in visible_fields(form.steps[0], context(changed))] == ["name", "age"]
    assert settle(form, context(changed)) == {"age": 12}


def test_the_answers_of_hidden_questions_are_dropped_and_never_an_error(form, context):
    values, errors = clean_all(form, {"name": "Siti", "age": 12, "married": "ya", "spouse": "Budi", "book": [FILE]}, context())
    assert (values, errors) == ({"name": "Siti", "age": 12}, {})


def test_what_the_register_knows_is_taken_from_there_whatever_is_sent(form, context):
    known = context(attributes={"applicant.name": "Siti Contohwati"})
    values, errors = clean_step(form.steps[0], {"name": "Orang Lain", "age": "12"}, {}, known)
    assert (values, errors) == ({"name": "Siti Contohwati", "age": 12}, {})
    view = bound_fields(form.steps[0].fields, {"name": "Orang Lain"}, {}, known)[0]
    assert view.locked and view.text == "Siti Contohwati" and view.source_label


def test_what_the_register_does_not_know_is_asked(form, context):
    assert clean_step(form.steps[0], {"age": "12"}, {}, context())[1].keys() == {"name"}
    odd = context(attributes={"applicant.name": "x" * 999})
    assert clean_step(form.steps[0], {"name": "Siti", "age": 12}, {}, odd) == ({"name": "Siti", "age": 12}, {})


def test_a_source_may_depend_on_an_answer(context):
    mother = question("mother")
    mother = Field(id="mother", type="text", label=words("m"), sources=(
        Source(path="applicant.name", when=rule('relation == "mother"')),
        Source(path="spouse.name", when=rule('relation == "father"')),
    ))
    step = Step(id="s", title=words("s"), fields=(question("relation"), mother))
    known = {"applicant.name": "Siti", "spouse.name": "Rina"}
    for relation, expected in (("mother", "Siti"), ("father", "Rina"), ("other", "typed")):
        values, errors = clean_step(step, {"relation": relation, "mother": "typed"}, {}, context(attributes=known))
        assert values["mother"] == expected and not errors


def test_unknown_names_are_refused_by_the_whole_check(form, context):
    errors = clean_all(form, {"name": "Siti", "age": 12, "is_admin": True, "rows": [{"plate": "A", "seats": 2, "hack": 1}]},
                       context())[1]
    assert errors.keys() == {"is_admin", "rows-0-hack"}


def test_a_required_answer_that_is_missing_is_named_in_a_sentence(form, context):
    errors = clean_all(form, {"age": 20, "married": "ya"}, context())[1]
    assert errors.keys() == {"name", "spouse", "book"}
    assert "name" in errors["name"][0]


def test_rows_posted_in_any_order_are_read_cleaned_and_blank_ones_left_out(form, context):
    raw = QueryDict("rows-2-plate=B&rows-2-seats=9&rows-0-plate=A&rows-0-seats=4&rows-1-plate=&rows-1-seats= ")
    values, errors = clean_step(form.steps[2], raw, {}, context({"age": 5}))
    assert values == {"rows": [{"plate": "A", "seats": 4}]} or "rows" not in values
    assert errors == {"rows-2-reason": errors["rows-2-reason"], "rows-2-seats": ["≤ 8"]}


def test_a_column_may_depend_on_its_row(form, context):
    values, errors = clean_step(
        form.steps[2], {"rows": [{"plate": "A", "seats": 6, "reason": "besar"}, {"plate": "B", "seats": 2, "reason": "x"}]}, {},
        context({"age": 5}),
    )
    assert not errors
    assert values["rows"] == [{"plate": "A", "seats": 6, "reason": "besar"}, {"plate": "B", "seats": 2}]


def test_a_rule_over_all_rows_is_checked(form, context):
    rows = [{"plate": "A", "seats": 1}, {"plate": "A", "seats": 2}]
    assert clean_step(form.steps[2], {"rows": rows}, {}, context({"age": 5}))[1] == {"rows": ["twice"]}


@pytest.mark.parametrize("rows", ["text", {"a": 1}, [1], ["x"], [{"plate": str(i), "seats": 1} for i in range(4)]])
def test_rows_of_a_wrong_shape_or_too_many_are_refused(form, context, rows):
    errors = clean_step(form.steps[2], {"rows": rows}, {}, context({"age": 5}))[1]
    assert "rows" in errors


def test_more_posted_rows_than_a_list_can_have_are_refused(form, context):
    raw = QueryDict("&".join(f"rows-{i}-plate=A" for i in range(1500)))
    assert "rows" in clean_step(form.steps[2], raw, {}, context({"age": 5}))[1]


def test_a_rule_that_waits_for_another_answer_is_not_judged(form, context):
    assert clean_step(form.steps[2], {"width": "99"}, {}, context())[1] == {}
    assert clean_step(form.steps[2], {"width": "99"}, {}, context({"age": 5}))[1] == {"width": ["wider than old"]}


def test_rows_are_added_and_removed_by_the_buttons(form):
    raw = QueryDict("rows-0-plate=A&rows-1-plate=B&_add=rows")
    assert [row.get("plate") for row in entered(form.steps[2].fields, raw)["rows"]] == ["A", "B", None]
    raw = QueryDict("rows-0-plate=A&rows-1-plate=B&_remove=rows-0")
    assert [row.get("plate") for row in entered(form.steps[2].fields, raw)["rows"]] == ["B"]
    full = QueryDict("rows-0-plate=A&rows-1-plate=B&rows-2-plate=C&_add=rows")
    assert len(entered(form.steps[2].fields, full)["rows"]) == 3


def test_what_was_typed_wrongly_is_shown_again(form, context):
    raw = QueryDict("age=dua puluh&rows-0-seats=banyak")
    views = {v.name: v for v in bound_fields(form.fields(), entered(form.fields(), raw), {"age": ["Tulis angka."]}, context())}
    assert views["age"].value == "dua puluh" and views["age"].errors == ("Tulis angka.",)
    assert views["rows"].rows[0][1].name == "rows-0-seats" and views["rows"].rows[0][1].value == "banyak"


def test_officer_fields_see_each_other_as_findings(context):
    fields = (question("size", "decimal"), question("why", when="findings.size > 10"))
    assert clean_fields(fields, {"size": "12,5"}, {}, context())[1].keys() == {"why"}
    assert clean_fields(fields, {"size": "2"}, {}, context()) == ({"size": "2"}, {})


def test_a_box_that_must_be_ticked_and_one_that_may(context):
    step = Step(id="s", title=words("s"), fields=(question("agree", "boolean"), question("news", "boolean", required=False)))
    assert clean_step(step, {}, {}, context())[1].keys() == {"agree"}
    assert clean_step(step, {"agree": "on"}, {}, context()) == ({"agree": True, "news": False}, {})


def test_files_come_from_the_caller_and_not_from_what_was_posted(form, context):
    step = form.steps[1]
    assert clean_step(step, {"book": [FILE]}, {}, context({"married": "ya"}))[1].keys() == {"book"}
    assert clean_step(step, {}, {"book": [FILE]}, context({"married": "ya"})) == ({"book": [FILE]}, {})


def test_a_point_is_read_from_two_boxes(context):
    step = Step(id="s", title=words("s"), fields=(question("place", "point"),))
    raw = QueryDict("place-lat=-2,9&place-lng=104,7")
    assert clean_step(step, raw, {}, context())[0] == {"place": {"lat": -2.9, "lng": 104.7}}
    assert clean_step(step, QueryDict("place-lat=&place-lng="), {}, context())[1].keys() == {"place"}


def test_a_date_from_the_register_may_be_a_date(context):
    step = Step(id="s", title=words("s"), fields=(question("born", "date", source="applicant.birth_on"),))
    known = context(attributes={"applicant.birth_on": date(1990, 2, 3)})
    assert clean_step(step, {}, {}, known)[0] == {"born": "1990-02-03"}


def test_the_schema_of_a_form_says_steps_conditions_and_sources(form):
    schema = json_schema(form)
    assert schema["properties"]["spouse"]["x-when"] == 'married == "ya"'
    assert schema["properties"]["name"]["x-source"] == "applicant.name"
    assert [step["id"] for step in schema["x-steps"]] == ["who", "extra", "rest"]
    assert schema["properties"]["rows"]["items"]["properties"]["seats"]["type"] == "integer"


def test_every_type_of_field_can_be_shown_for_any_typed_text(context):
    for kind in kinds.TYPES:
        more = {"options": (Option(value="a", label=words("A")), Option(value="b", label=words("B")))} if kind in {
            "choice", "choices"} else {}
        for typed in ("x", "", None, ["x"], {"lat": "a"}, 5):
            if kind == "region" and typed not in ("", None):
                continue
            assert bound_fields([question("f", kind, **more)], {"f": typed}, {}, context())[0].type == kind


def test_the_fields_that_decide_about_others_are_known(form):
    assert deciding_fields(form.steps[0]) == ["age", "married"]
    assert deciding_fields(form.steps[2]) == ["rows"]


def test_a_condition_may_depend_on_what_the_register_knows(context):
    step = Step(id="s", title=words("s"), fields=(
        question("name", source="applicant.name"), question("nickname", when='name == "Siti"'),
    ))
    known = context(attributes={"applicant.name": "Siti"})
    assert [f.id for f in visible_fields(step, known)] == ["name", "nickname"]
    assert clean_step(step, {}, {}, known)[1].keys() == {"nickname"}
