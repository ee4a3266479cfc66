"""What each type of field takes, in which form it keeps it, and what it refuses with a sentence."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from dgs.core.services.definition import Bilingual, Field, Option
from dgs.core.services.fields import TYPES, Asked, Unfit, object_schema, show, tidy
from dgs.core.services.loader.examples import sample_region

LABEL = Bilingual(id="Isian", en="Entry")
OPTIONS = tuple(Option(value=v, label=Bilingual(id=v.upper(), en=v)) for v in ("a", "b", "c"))
ASKED = Asked(today=date(2026, 11, 22), region=sample_region, home="16.07")
FILE = {"id": "x", "name": "a.pdf", "size": 3, "type": "application/pdf"}


def make(kind, **more):
    if kind in {"choice", "choices"}:
        more.setdefault("options", OPTIONS)
    return Field(id="f", type=kind, label=LABEL, **more)


def clean(kind, raw, **more):
    return TYPES[kind].clean(make(kind, **more), raw, ASKED)


@pytest.mark.parametrize(
    ("kind", "raw", "kept", "more"),
    [
        ("text", "  Jalan   Contoh \t 1 ", "Jalan Contoh 1", {}),
        ("text", "A\u202eB\u200bC\ufeffD\x00", "ABCD", {}),
        ("text", "ＡＢ１２", "AB12", {}),
        ("text", "Siti’s", "Siti's", {}),
        ("text", "e\u0301", "é", {}),
        ("text", 12, "12", {}),
        ("text", "bg 12 xy", "BG 12 XY", {"upper": True, "pattern": "[A-Z]{1,2} ?[0-9]{1,4} ?[A-Z]{1,3}"}),
        ("textarea", "satu\r\n\r\n\r\n\r\ndua 🙂", "satu\n\ndua 🙂", {}),
        ("integer", "1.250", 1250, {}),
        ("integer", " １２ ", 12, {}),
        ("integer", 7, 7, {}),
        ("integer", "-3", -3, {"min": -5}),
        ("decimal", "12,50", "12.5", {}),
        ("decimal", "12.5", "12.5", {}),
        ("decimal", "1.250,75", "1250.75", {}),
        ("decimal", "1.250", "1250", {}),
        ("decimal", 2.45, "2.45", {}),
        ("decimal", "0", "0", {}),
        ("decimal", "100", "100", {}),
        ("money", "Rp 1.250.000,-", 1250000, {}),
        ("money", "Rp1.250.000,00", 1250000, {}),
        ("date", "2026-01-31", "2026-01-31", {}),
        ("date", "31-01-2026", "2026-01-31", {}),
        ("date", "1/2/2026", "2026-02-01", {}),
        ("date", "5 Agustus 2026", "2026-08-05", {}),
        ("date", "5 Des 2025", "2025-12-05", {"max": "today"}),
        ("date", date(2026, 1, 2), "2026-01-02", {}),
        ("choice", "b", "b", {}),
        ("choices", ["c", "a", "a"], ["a", "c"], {}),
        ("choices", "b", ["b"], {}),
        ("boolean", "on", True, {}),
        ("boolean", False, False, {}),
        ("nik", "1607 0162 0495 9001", "1607016204959001", {}),
        ("kk", "1607.0112.0118.9001", "1607011201189001", {}),
        ("phone", "0812-3456-7890", "6281234567890", {}),
        ("phone", "+62 (812) 34567890", "6281234567890", {}),
        ("email", "Siti@Contoh.ID", "Siti@contoh.id", {}),
        ("region", "16.07.01.2001", "16.07.01.2001", {"level": "village", "within_home": True}),
        ("point", {"lat": "-2,99", "lng": "104.7567891"}, {"lat": -2.99, "lng": 104.756789}, {}),
        ("file", [FILE], [FILE], {}),
    ],
)
def test_what_people_write_is_kept_in_one_form(kind, raw, kept, more):
    assert clean(kind, raw, **more) == kept


@pytest.mark.parametrize(
    ("kind", "raw", "more"),
    [
        ("text", "x" * 201, {}),
        ("text", "x" * 100_000, {}),
        ("text", "halo 🙂", {}),
        ("text", "z" + "\u0301" * 9, {}),
        ("text", {"a": 1}, {}),
        ("text", True, {}),
        ("text", "abc1", {"pattern": "[a-z]+"}),
        ("textarea", "x" * 2001, {}),
        ("integer", "satu", {}),
        ("integer", "1,5", {}),
        ("integer", "-1", {}),
        ("integer", "9" * 50, {}),
        ("integer", "9" * 5000, {}),
        ("integer", 10**30, {}),
        ("integer", 1.5, {}),
        ("integer", True, {}),
        ("integer", "1e5", {}),
        ("integer", "٣", {}),
        ("decimal", "NaN", {}),
        ("decimal", "Infinity", {}),
        ("decimal", float("nan"), {}),
        ("decimal", float("inf"), {}),
        ("decimal", "1.2345", {}),
        ("decimal", "1,2,3", {}),
        ("decimal", "-0,5", {}),
        ("decimal", "61", {"max": 60}),
        ("money", "-5000", {}),
        ("money", "USD 5", {}),
        ("money", "1" + "0" * 16, {}),
        ("date", "31-02-2026", {}),
        ("date", "2026-13-01", {}),
        ("date", "01-01-0001", {}),
        ("date", "23-11-2026", {"max": "today"}),
        ("date", "21-11-2026", {"min": "today"}),
        ("date", "besok", {}),
        ("date", ["2026-01-01"], {}),
        ("date", "x" * 10_000, {}),
        ("choice", "d", {}),
        ("choice", ["a"], {}),
        ("choices", ["a", "z"], {}),
        ("choices", {"a": 1}, {}),
        ("choices", ["a"] * 50, {}),
        ("boolean", "mungkin", {}),
        ("nik", "123", {}),
        ("nik", "1607013202959001", {}),
        ("nik", 5.5, {}),
        ("kk", "1607019901189001", {}),
        ("phone", "12345", {}),
        ("phone", "+1 202 555 0100", {}),
        ("email", "siti@", {}),
        ("email", "a" * 300 + "@contoh.id", {}),
        ("email", "siti@cоntoh.id", {}),
        ("region", "16.07.01", {"level": "village"}),
        ("region", "12.71.01.1001", {"level": "village", "within_home": True}),
        ("region", "'; drop table", {}),
        ("region", 16, {}),
        ("point", {"lat": 52.1, "lng": 4.3}, {}),
        ("point", {"lat": "NaN", "lng": 104}, {}),
        ("point", {"lat": -2.9}, {}),
        ("point", "-2.9,104", {}),
        ("point", {"lat": True, "lng": 104}, {}),
        ("file", [{"id": "x"}], {}),
        ("file", "x", {}),
        ("file", [FILE] * 3, {"max_count": 2}),
        ("file", [{**FILE, "path": "/etc/passwd"}], {}),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(kind, raw, more):
    with pytest.raises(Unfit) as caught:
        clean(kind, raw, **more)
    assert len(caught.value.sentence) > 10


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([name for name in TYPES if name != "list"]), ANYTHING)
def test_whatever_is_sent_a_field_takes_it_or_refuses_and_what_it_took_it_takes_again(kind, raw):
    try:
        kept = clean(kind, raw)
    except Unfit:
        return
    if kept not in ("", [], None):
        assert clean(kind, kept) == kept
        if kind != "region":
            assert isinstance(show(make(kind), kept), str)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=100))
def test_tidying_twice_changes_nothing(text):
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("kind", "value", "indonesian", "english"),
    [
        ("integer", 1250000, "1.250.000", "1,250,000"),
        ("decimal", "1250.5", "1.250,5", "1,250.5"),
        ("money", 1250000, "Rp\u00a01.250.000", "Rp\u00a01.250.000"),
        ("date", "2026-08-05", "5 Agu 2026", "5 Aug 2026"),
        ("choice", "a", "A", "a"),
        ("choices", ["a", "b"], "A, B", "a, b"),
        ("nik", "1607016204959001", "1607********9001", "1607********9001"),
        ("phone", "6281234567890", "081234567890", "081234567890"),
        ("point", {"lat": -2.9, "lng": 104.7}, "-2.9, 104.7", "-2.9, 104.7"),
        ("file", [FILE, FILE], "a.pdf, a.pdf", "a.pdf, a.pdf"),
        ("text", None, "", ""),
    ],
)
def test_values_are_shown_in_the_words_of_the_language(kind, value, indonesian, english):
    with translation.override("id"):
        assert show(make(kind), value) == indonesian
    with translation.override("en"):
        assert show(make(kind), value) == english


def test_years_are_shown_without_parting_thousands():
    with translation.override("id"):
        assert show(make("integer", grouped=False), 2019) == "2019"


def test_a_wrong_form_is_answered_with_the_help_of_the_field():
    with pytest.raises(Unfit) as caught:
        clean("text", "abc", pattern="[0-9]+", help=Bilingual(id="Misalnya 12.", en="For example 12."))
    assert "12." in caught.value.sentence


def test_letters_get_months_written_out_and_identifiers_in_full():
    with translation.override("id"):
        assert show(make("date"), "2026-08-05", is_long=True) == "5 Agustus 2026"
    assert show(make("nik"), "1607016204959001", is_long=True) == "1607016204959001"


def test_the_schema_requires_only_what_is_always_asked():
    fields = (make("text"), Field(id="g", type="text", label=LABEL, required=False), Field(id="h", type="file", label=LABEL))
    schema = object_schema(fields)
    assert schema["required"] == ["f"]
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {"f", "g", "h"}


def test_a_place_that_the_register_does_not_know_is_refused():
    nowhere = Asked(today=ASKED.today, region=lambda code: None, home=None)
    with pytest.raises(Unfit):
        TYPES["region"].clean(make("region"), "16.07", nowhere)
    other = Asked(today=ASKED.today, region=lambda code: SimpleNamespace(level=3), home=None)
    with pytest.raises(Unfit):
        TYPES["region"].clean(make("region", level="village"), "16.07.01", other)
