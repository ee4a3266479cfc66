"""Each kind of mistake in a definition is told with file and line, all at once."""
# ruff: noqa: E501  the table of mistakes is read line by line

import re

import pytest
from django.utils import translation

from dgs.core.services.loader import DefinitionInvalid, load_folder, parse, parse_published, read_sources
from dgs.core.services.tests.conftest import SUBSYSTEMS


def spoil(sources, file, old, new, count=1):
    """The same texts with one place changed; returns them and the line of the change."""
    text = sources[file]
    assert old in text, old
    line = text[: text.index(old)].count("\n") + 1
    return {**sources, file: text.replace(old, new, count)}, line


def problems_of(sources):
    with pytest.raises(DefinitionInvalid) as caught:
        parse(sources)
    return caught.value.problems


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


STATE = """  island:
    title: {id: Pulau, en: Island}
    public: {id: Pulau., en: Island.}
    holder: verifier
    actions:
      go: {kind: advance, title: {id: Pergi, en: Go}, to: approval}
"""
LOOP = """  sink:
    title: {id: Lubang, en: Sink}
    public: {id: Lubang., en: Sink.}
    holder: verifier
    actions:
      again: {kind: advance, title: {id: Lagi, en: Again}, to: sink}
"""

# file, what is replaced, by what, part of the message, how many lines below the change the problem may stand
MISTAKES = [
    ("service.yaml", "slug: izin-trayek", "slug: Izin Trayek", "not a name of the right form", 0),
    ("service.yaml", "sector: transport", "sector: transport\ncolour: red", "unknown key colour", 1),
    ("service.yaml", "sector: transport", "sector: space", "is not one of", 0),
    ("service.yaml", "title: {id: Izin trayek angkutan umum, en: Public transport route permit}",
     "title: {id: Izin trayek angkutan umum}", "the key en is missing", 0),
    ("service.yaml", "applicants: [business]", "applicants: [robots]", "is not one of", 0),
    ("service.yaml", "{seq:04d}/", "", "the number needs {seq}", 0),
    ("service.yaml", "{seq:04d}/", "{seq:04d}/{mood}/", "unknown placeholder {mood}", 0),
    ("service.yaml", "valid_months: 60", "valid_months: 0", "a whole number from 1", 0),
    ("service.yaml", "  valid_months: 60", "  valid_until: add_months(strat_date, 60)", "unknown field strat_date", 0),
    ("service.yaml", "  evaluation:", "  evaluations:", "unknown key evaluations", 0),
    ("form.yaml", ", source: business.name}", "}", "the register holds Name of the business already", 0),
    ("form.yaml", ", source: business.name}", ", asked_because: yes}", "here must stand keys with values", 0),
    ("form.yaml", "type: integer, label: {id: Jumlah perjalanan", "type: number, label: {id: Jumlah perjalanan",
     "number is not one of", 0),
    ("form.yaml", 'when: application_kind in ["extension", "change"]', 'when: application_kin == "new"',
     "unknown field application_kin", 0),
    ("form.yaml", 'when: application_kind in ["extension", "change"]', 'when: application_kind in ["extention"]',
     "extention is not an option of application_kind", 0),
    ("form.yaml", 'when: application_kind in ["extension", "change"]', "when: route_length > 3", "unknown field route_length", 0),
    ("form.yaml", 'when: application_kind in ["extension", "change"]', "when: application_kind =", "not a rule", 0),
    ("form.yaml", 'when: application_kind in ["extension", "change"]', "when: __import__('os')", "not a rule", 0),
    ("form.yaml", "- {id: origin, type: text", "- {id: destination, type: text", "the field destination stands twice", 3),
    ("form.yaml", "source: business.name", "source: business.nickname", "the register has no business.nickname", 0),
    ("form.yaml", "- {value: urban,", "- {value: rural,", "an option stands twice", 2),
    ("form.yaml", "      - {id: origin, type: text,", "      - {id: today, type: text,", "is a word of the rules", 0),
    ("form.yaml", "      - {id: origin, type: text,", "      - {id: class, type: text,", "is a word of the rules", 0),
    ("form.yaml", "label: {id: Panjang trayek (km), en: Length of the route (km)}, min: 0.5", "label: {id: Panjang trayek (km), en: Length of the route (km)}, min: few",
     "here must stand a number", 0),
    ("form.yaml", "label: {id: Panjang trayek (km), en: Length of the route (km)}", "options: [], label: {id: P, en: P}",
     "options means nothing for a field of type decimal", 0),
    ("form.yaml", 'pattern: "[0-9]{13}"', 'pattern: "([0-9]+)+"', "not a sound and simple regular expression", 0),
    ("form.yaml", "          - rule: is_distinct(vehicles.plate)", "          - rule: is_distinct(vehicles.plates)",
     "unknown field vehicles.plates", 0),
    ("form.yaml", "max_count: 100", "max_count: 100000", "a whole number from 1 to 200", 0),
    ("workflow.yaml", "start: check", "start: begin", "the start state begin does not exist", 0),
    ("workflow.yaml", "        to: technical_review\n", "        to: tecnical_review\n", "leads to the unknown state tecnical_review", 4),
    ("workflow.yaml", "states:\n", "states:\n" + STATE, "the state island is never reached", 3),
    ("workflow.yaml", "states:\n", "states:\n" + LOOP, "dead end: no final state can be reached from sink", 3),
    ("workflow.yaml", "    holder: reviewer\n", "    holder: wizard\n", "no role wizard can hold a case", 9),
    ("workflow.yaml", "    holder: reviewer\n", "    holder: executive\n", "no role executive can hold a case", 9),
    ("workflow.yaml", "    pause: awaiting_payment", "    pause: holidays", "holidays is not listed under pauses", 9),
    ("workflow.yaml", "    outcome: withdrawn", "    outcome: withdrawn\n    working_days: 2", "may not have working_days", 9),
    ("workflow.yaml", "    outcome: withdrawn", "    outcome: withdrawn\n    actions:\n      go: {kind: advance, title: {id: a, en: b}, to: check}",
     "may not have actions", 9),
    ("workflow.yaml", "    auto: issue_document\n    done: granted", "    auto: issue_document", "an automatic act needs `done`", 9),
    ("workflow.yaml", "    auto: issue_document\n    done: granted", "    expiry: {act: lapse, state: granted}\n    working_days: 1",
     "granted is reached without issue_document", 9),
    ("workflow.yaml", "    auto: issue_bill\n    done: approval",
     "    actions2: 1", "unknown key actions2", 9),
    ("workflow.yaml", "        kind: approve", "        kind: advance", "without the head's approval", 40),
    ("workflow.yaml", "    holder: head\n", "    holder: verifier\n", "only the head can approve", 9),
    ("workflow.yaml", "        to: correction\n", "        to: refused\n", "a correction must lead to a state of the applicant", 4),
    ("workflow.yaml", "          - {state: final_check}\n", "", "must have no condition", 9),
    ("workflow.yaml", "{state: payment, when: 'findings.advice == \"recommended\"'}", "{state: payment, when: 'findings.advise == \"recommended\"'}",
     "unknown field findings.advise", 0),
    ("workflow.yaml", "working_days: 10", "working_days: 3", "the step takes longer than the whole term", 60),
    ("workflow.yaml", "    expiry: {act: lapse, state: lapsed}", "    expiry: {act: lapse}", "a lapse needs the state", 0),
    ("workflow.yaml", "    expiry: {act: lapse, state: lapsed}", "    expiry: {act: lapse, state: gone}", "unknown state gone", 0),
    ("fees.yaml", '    account: "4.1.02.03', '    acount: "4.1.02.03', "a fee needs a revenue account code", 9),
    ("fees.yaml", "lookup(tariff, row.vehicle_class)", "lookup(tarif, row.vehicle_class)", "unknown table tarif", 0),
    ("fees.yaml", "lookup(tariff, row.vehicle_class)", "lookup(tariff, row.vehicle_clas)", "unknown field row.vehicle_clas", 0),
    ("fees.yaml", "for_each: vehicles", "for_each: cars", "unknown list cars", 9),
    ("fees.yaml", "[small_bus, 200000]", "[small_bus, many]", "the result of a row must be a number", 0),
    ("fees.yaml", "[small_bus, 200000]", "[small_buss, 200000]", "small_buss is not an option", 0),
    ("fees.yaml", "[small_bus, 200000]", "[passenger_car, 200000]", "this row is never reached", 0),
    ("fees.yaml", "Retribusi izin trayek, {row.vehicle_class}", "Retribusi {row.colour}", "unknown field row.colour", 9),
    ("messages.yaml", "event: submitted", "event: arrived", "unknown event arrived", 0),
    ("messages.yaml", "entered:technical_review", "entered:review", "unknown state review", 0),
    ("messages.yaml", "Nomor {reference}.", "Nomor {number}.", "unknown placeholder {number}", 0),
    ("messages.yaml", "Permohonan izin trayek kami terima. Nomor", "Permohonan izin trayek 🚌 kami terima. Nomor", "the SMS does not fit", 0),
    ("messages.yaml", "Permohonan izin trayek kami terima. Nomor", "Permohonan " * 12 + "Nomor", "the SMS does not fit", 0),
    ("messages.yaml", "kami terima. Nomor {reference}", "kami terima, {name}. Nomor {reference}", "must not hold {name}", 0),
    ("messages.yaml", "  - event: refused\n    to: applicant", "  - event: refused\n    to: head", "never told about: refused", -999),
    ("letter.typ", 'v("nib")', "data.values.nibb", "unknown field values.nibb in the letter", 0),
]


@pytest.mark.parametrize(("file", "old", "new", "said", "below"), MISTAKES, ids=[m[3][:50] + "|" + m[0] for m in MISTAKES])
def test_a_mistake_is_told_with_file_and_line(sources, file, old, new, said, below):
    spoilt, line = spoil(sources, file, old, new)
    found = [p for p in problems_of(spoilt) if said in p.message]
    assert found, [str(p) for p in problems_of(spoilt)]
    problem = found[0]
    assert problem.file == file
    if below >= 0:
        assert line - below <= problem.line <= line + below, (line, problem.line)


def test_all_mistakes_are_told_at_once(sources):
    spoilt, _line = spoil(sources, "service.yaml", "sector: transport", "sector: space")
    spoilt, _line = spoil(spoilt, "workflow.yaml", "    pause: awaiting_payment", "    pause: holidays")
    spoilt, _line = spoil(spoilt, "fees.yaml", "[small_bus, 200000]", "[small_bus, many]")
    assert {p.file for p in problems_of(spoilt)} >= {"service.yaml", "workflow.yaml", "fees.yaml"}


def test_a_bill_where_nothing_is_charged_and_a_fee_that_nobody_bills_are_mistakes(sources):
    free = {**sources, "fees.yaml": "free: true\n"}
    assert any("nothing is charged" in p.message and p.file == "workflow.yaml" for p in problems_of(free))
    unbilled, _line = spoil(sources, "workflow.yaml", "    auto: issue_bill\n    done: approval\n", "")
    assert any("no state issues the bill" in p.message for p in problems_of(unbilled))


def test_automatic_acts_in_a_circle_are_a_mistake(sources):
    spoilt, _line = spoil(sources, "workflow.yaml", "    done: granted", "    done: issuing")
    assert any("in a circle" in p.message for p in problems_of(spoilt))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fee: 550000", "fee: 1", "the fee is 550000, not 1"),
        ("acts: [accept, advise, paid, sign]", "acts: [accept, advise, sign]", "sign cannot happen in payment"),
        ("approval, issuing, granted]", "granted]", "the route is"),
        ("plate: BG 1001 XA", "plate: BG 1002 XA", "vehicles"),
        ("application_kind: new", "application_kind: old", "application_kind"),
        ("acts: [accept, advise, paid, sign]", "acts: [accept, advise, paid, sign, sign]", "left over"),
    ],
)
def test_an_example_that_contradicts_is_told_with_its_file(sources, old, new, said):
    spoilt, _line = spoil(sources, "examples/three_vehicles.yaml", old, new)
    found = problems_of(spoilt)
    assert any(said in p.message and p.file == "examples/three_vehicles.yaml" for p in found), [str(p) for p in found]


def test_a_letter_that_does_not_compile_is_told_with_its_line(sources):
    spoilt, line = spoil(sources, "letter.typ", "untuk menyelenggarakan", "#nonsense(1)\nuntuk menyelenggarakan")
    found = [p for p in problems_of(spoilt) if p.file == "letter.typ"]
    assert found and found[0].line == line and "does not compile" in found[0].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slug: [", "not valid YAML"),
        ("", "the file is empty"),
        ("slug: a\nslug: b\n", "stands twice"),
        ("a: &x 1\nb: *x\n", "anchors are not allowed"),
        ("a: !!python/object/apply:os.system ['true']\n", "tags are not allowed"),
        ("- 1\n- 2\n", "here must stand keys"),
        ("x: " + "[" * 50 + "]" * 50, "nested too deep"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: " + "x" * 300_000, "larger than"),
        ("a: \x07", "not valid YAML"),
    ],
)
def test_yaml_that_is_broken_or_too_clever_is_refused(sources, text, said):
    found = problems_of({**sources, "service.yaml": text})
    assert any(said in p.message and p.file == "service.yaml" for p in found), [str(p) for p in found]


def test_a_missing_file_is_told(sources):
    del sources["letter.typ"]
    assert [(p.file, p.message) for p in problems_of(sources)] == [("letter.typ", "the file is missing")]


def test_a_definition_needs_an_example_that_ends_with_a_product(sources):
    few = {k: v for k, v in sources.items() if not k.startswith("examples/") or "not_recommended" in k}
    assert any("granted product" in p.message for p in problems_of(few))
    none = {k: v for k, v in sources.items() if not k.startswith("examples/")}
    assert any("needs examples" in p.message for p in problems_of(none))


def test_only_the_files_of_a_definition_may_lie_in_its_folder(tmp_path, sources):
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_sources(tmp_path) == sources
    (tmp_path / "run.py").write_text("print(1)")
    with pytest.raises(DefinitionInvalid):
        read_sources(tmp_path)
    (tmp_path / "run.py").unlink()
    (tmp_path / "form.yaml").unlink()
    (tmp_path / "form.yaml").symlink_to("/etc/hosts")
    with pytest.raises(DefinitionInvalid):
        read_sources(tmp_path)
    with pytest.raises(DefinitionInvalid):
        read_sources(tmp_path / "nowhere")
    (tmp_path / "form.yaml").unlink()
    (tmp_path / "form.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DefinitionInvalid):
        read_sources(tmp_path)


def test_a_published_definition_reads_the_same_without_being_judged_again():
    folder = SUBSYSTEMS / "advertising" / "services" / "advertisement_permit"
    judged, again = load_folder(folder), parse_published(read_sources(folder))
    assert again.examples == ()
    assert (again.form, again.workflow, again.fees.rules, again.messages) == (
        judged.form, judged.workflow, judged.fees.rules, judged.messages)


def test_the_reference_explains_every_key_every_type_and_every_function():
    from dataclasses import fields

    from dgs.core.services import definition as shape
    from dgs.core.services.expressions.functions import FUNCTIONS
    from dgs.core.services.fields import TYPES
    from dgs.core.services.loader import reading, reading_fields, wording

    text = (SUBSYSTEMS.parents[2] / "docs" / "reference" / "service-definition.md").read_text(encoding="utf-8")
    keys = {*reading.SERVICE_KEYS, *reading_fields.FIELD_KEYS, *TYPES, *FUNCTIONS, *wording.SAMPLES, *wording.EVENTS}
    keys |= {f.name for f in fields(shape.Standard)} | set(reading.ACTION_KINDS) | set(reading.OUTCOMES) | set(reading.EXPIRY_ACTS)
    missing = {key for key in keys if not re.search(rf"[`{{\s(]{key}\b", text)}
    assert not missing, missing
