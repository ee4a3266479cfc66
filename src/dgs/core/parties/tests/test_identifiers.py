"""Identifiers and names: what is accepted and what is refused; no database."""

from datetime import date

import pytest

from dgs.core.parties import api
from dgs.kernel.errors import InvalidInput

TODAY = date(2026, 11, 23)


def check(nik):
    return api.check_nik(nik, today=TODAY)


def test_a_nik_tells_birth_date_sex_and_district():
    facts = check("1607111708859002")
    assert (facts.nik, facts.birth_on, facts.sex, facts.region_code) == (
        "1607111708859002", date(1985, 8, 17), "L", "16.07.11")


def test_forty_is_added_to_the_day_for_women():
    facts = check("1607117108859002")
    assert (facts.birth_on, facts.sex) == (date(1985, 8, 31), "P")


@pytest.mark.parametrize("year, born", [("26", 2026), ("27", 1927), ("00", 2000), ("99", 1999)])
def test_the_century_is_the_later_one_that_is_not_in_the_future(year, born):
    assert check(f"1607110101{year}9001").birth_on.year == born


def test_a_birthday_later_this_year_means_a_century_ago():
    assert check("1607112412269001").birth_on == date(1926, 12, 24)


def test_a_leap_day_is_a_day_only_in_leap_years():
    assert check("1607112902009001").birth_on == date(2000, 2, 29)
    with pytest.raises(api.NikInvalid):
        check("1607112902019001")


def test_blanks_dots_and_hyphens_are_passed_over():
    assert check(" 160711.170885-9002\u00a0").nik == "1607111708859002"


@pytest.mark.parametrize("nik", [
    "", "1", "160711170885900", "16071117088590022", "160711170885900a", "1607113208859002", "1607110013859002",
    "1607117208859002", "1607111708850000", "0000000000000000", "١٦٠٧١١١٧٠٨٨٥٩٠٠٢", "1607114008859002",
    "１６０７１１１７０８８５９００２", "1607111708859002; DROP TABLE", "-607111708859002", "\x00" * 16,
])
def test_what_cannot_be_a_nik_is_refused_with_a_sentence_for_the_field(nik):
    with pytest.raises(api.NikInvalid) as refusal:
        check(nik)
    assert refusal.value.code == "nik-invalid" and refusal.value.errors["nik"][0] == str(refusal.value)
    assert isinstance(refusal.value, InvalidInput)


def test_the_refusal_says_how_many_digits_were_written():
    with pytest.raises(api.NikInvalid) as refusal:
        check("16071117088590")
    assert "14" in str(refusal.value)


def test_a_nik_is_shown_masked():
    assert api.mask_nik("1607111708859001") == "1607********9001"
    assert api.mask_nik("123") == "***"


@pytest.mark.parametrize("kk, ok", [
    ("1607110101209001", True), ("1607 1101 0120 9001", True), ("1607114101209001", False), ("1607110101200000", False),
    ("160711010120900", False), ("16071101012090ab", False),
])
def test_a_family_card_number_is_a_nik_without_forty(kk, ok):
    if ok:
        assert api.check_kk(kk, today=TODAY) == "1607110101209001"
    else:
        with pytest.raises(api.KkInvalid):
            api.check_kk(kk, today=TODAY)


@pytest.mark.parametrize("text, digits", [
    ("01.234.567.8-999.000", "012345678999000"), ("1607111708859002", "1607111708859002"), ("", ""), ("  ", ""),
])
def test_old_and_new_tax_numbers_are_accepted(text, digits):
    assert api.check_npwp(text) == digits


@pytest.mark.parametrize("text", ["123", "01.234.567.8-999.00A", "12345678901234567"])
def test_other_tax_numbers_are_refused(text):
    with pytest.raises(api.NpwpInvalid):
        api.check_npwp(text)


@pytest.mark.parametrize("name", [
    "Siti Contohwati", "Nur 'Aini", "H. Muhammad, S.T., M.Si.", "Anne-Marie", "José Ñúñez", "Ma’ruf", "O", "A/P Contoh",
])
def test_names_as_on_identity_cards_are_accepted(name):
    assert api.clean_person_name(f"  {name} ") == name


@pytest.mark.parametrize("name", [
    "", "  ", "...", "Siti 🦜", "Siti\u202egniteb", "Siti\u200bContoh", "Siti\x07", "Siti 2", "سيتي", "西蒂", "Sіti", "<b>Siti",
    "Siti\ud800", "S" * 201, "Siti; --", "\u2066Siti", "Siti\ue000",
])
def test_other_names_are_refused(name):
    with pytest.raises(InvalidInput) as refusal:
        api.clean_person_name(name)
    assert "name" in refusal.value.errors


def test_line_breaks_and_tabs_in_a_name_become_one_blank():
    assert api.clean_person_name("Siti\n\t Contohwati") == "Siti Contohwati"


@pytest.mark.parametrize("name", ["CV Angkutan 99 & Anak", "PT. Contoh (Persero) Tbk", "Toko \"Maju\"", "88 Motor"])
def test_names_of_businesses_may_hold_digits_and_signs(name):
    assert api.clean_business_name(name) == name


@pytest.mark.parametrize("name", ["", "&&&", "Toko 🦜", "Toko\u202e", "شركة"])
def test_other_names_of_businesses_are_refused(name):
    with pytest.raises(InvalidInput):
        api.clean_business_name(name)
