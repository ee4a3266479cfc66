"""Searching regions while typing: what is found, in which order, through an index, with bounded work."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dgs.core.regions import api, naming

pytestmark = pytest.mark.usefixtures("regions")


def labels(text, **where):
    return [region.path_label for region in api.search(text, **where)]


def test_the_exact_name_comes_first():
    assert labels("banyuasin")[0] == "Kabupaten Banyuasin, Sumatera Selatan"
    assert labels("kota medan")[0] == labels("medan")[0] == "Kota Medan, Sumatera Utara"
    assert labels("kabupaten tangerang")[0] == "Kabupaten Tangerang, Banten"
    assert labels("kota tangerang")[0] == "Kota Tangerang, Banten"


def test_names_that_begin_so_come_before_names_that_hold_the_word():
    found = [region.sort_name for region in api.search("talang k", within="16.07")]
    begins = [name.startswith("talang k") for name in found]
    assert begins[0] and begins == sorted(begins, reverse=True) and not begins[-1]


def test_words_may_be_begun_and_come_from_any_level_in_any_order():
    expected = "Sukajadi, Talang Kelapa, Kabupaten Banyuasin, Sumatera Selatan"
    for text in ("sukajadi tal", "banyu sukajadi", "tal kel sukaja", "SUKAJADI, Talang Kelapa", "sukaj sum sel ban"):
        assert expected in labels(text, level=4), text


def test_only_the_level_asked_for_is_found():
    assert {region.level for region in api.search("suka", level=4)} == {4}
    assert labels("talang kelapa", level=3)[0] == "Talang Kelapa, Kabupaten Banyuasin, Sumatera Selatan"


def test_only_regions_within_the_code_are_found():
    assert {region.code[:5] for region in api.search("su", level=4, within="16.07")} == {"16.07"}
    assert {region.code[:5] for region in api.search("serang", within="36.04.")} == {"36.04"}
    assert api.search("medan", within="16.07", level=2) == []


def test_a_code_that_only_begins_alike_is_not_within():
    assert all(region.code == "36.7" or region.code.startswith("36.7.") for region in api.search("serang", within="36.7"))


def test_apostrophes_and_capitals_make_no_difference():
    for text in ("ra'as", "RAAS", "Ra’as", 'ra"as'):
        assert "Ra'as, Kabupaten Sumenep, Jawa Timur" in labels(text), text


@pytest.mark.parametrize("text", ["", " ", "a", "1", "🦜", "' | ! & :*", "\x00", "<->", "ยง"])
def test_less_than_two_letters_find_nothing(text):
    assert api.search(text) == []


@pytest.mark.parametrize("text", ["ban' | 'x", "ban:*A", "ban\\", "ban & !medan", "ban\x00yu", "b" * 5000, "a b " * 500])
def test_signs_and_floods_are_only_text(text):
    api.search(text)


def test_at_most_twelve_are_found_and_never_more_than_fifty():
    assert len(api.search("su")) == 12
    assert len(api.search("su", limit=3)) == 3 and len(api.search("su", limit=10_000)) == 50


@pytest.mark.parametrize("text", ["su", "talang kelapa", "sukaj tal", "banyu", "ko xyz", "xyzzy"])
def test_a_search_costs_at_most_three_queries_and_each_goes_through_an_index(text):
    with CaptureQueriesContext(connection) as seen:
        api.search(text, level=4)
    assert 1 <= len(seen) <= 3
    for query in seen.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(line for line, in cursor.fetchall())
        assert "Seq Scan" not in plan and ("region_search" in plan or "region_sort_name" in plan), plan


@pytest.mark.parametrize("name, proper", [
    ("Lidah kulon", "Lidah Kulon"), ("A u r", "Aur"), ('Ra"as', "Ra'as"), ("KepenuhanTengah", "Kepenuhan Tengah"),
    ("SoE", "SoE"), ("Teuw*", "Teuw"), ("Selok Awar - Awar", "Selok Awar-Awar"), ("2 x 11 Kayu Tanam", "2 x 11 Kayu Tanam"),
    ("Kabupaten Pangkajene dan Kepulauan", "Kabupaten Pangkajene dan Kepulauan"), ("  Air   Batu ", "Air Batu"),
    ("Muara II", "Muara II"), ("langkowala", "Langkowala"),
])
def test_names_of_the_source_are_mended_as_people_write_them(name, proper):
    assert naming.proper(name) == proper == naming.proper(proper)
