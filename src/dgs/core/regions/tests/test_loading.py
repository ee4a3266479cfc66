"""Loading regions and holidays: complete, idempotent, in place."""

from datetime import date

import pytest
import yaml
from django.db import connection

from dgs.core.regions import api, loading
from dgs.core.regions.models import Holiday, ReferenceData, Region, RegionCode


def test_every_region_of_indonesia_is_there_at_four_levels(regions):
    counts = {level: Region.objects.filter(level=level).count() for level in (1, 2, 3, 4)}
    assert counts == {1: 38, 2: 514, 3: 7285, 4: 83762}


@pytest.mark.parametrize("code, regencies, districts, villages", [
    ("36", 8, 155, 1552), ("12.71", 1, 21, 151), ("16.07", 1, 21, 313),
])
def test_the_three_demo_regions_are_whole(regions, code, regencies, districts, villages):
    inside = Region.objects.filter(code__startswith=code)
    assert [inside.filter(level=level).count() for level in (2, 3, 4)] == [regencies, districts, villages]


def test_every_region_below_a_province_hangs_below_its_parent(regions):
    assert Region.objects.filter(level__gt=1, parent=None).count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM regions_region r JOIN regions_region p ON p.id = r.parent_id "
                       "WHERE r.level <> p.level + 1 OR NOT starts_with(r.code, p.code || '.')")
        assert cursor.fetchone() == (0,)


def test_names_are_as_people_write_them(regions):
    names = {code: api.by_code(code).name for code in ("16", "16.07", "12.71", "16.07.10", "12.71.15.1001", "36.74")}
    assert names == {"16": "Sumatera Selatan", "16.07": "Kabupaten Banyuasin", "12.71": "Kota Medan",
                     "16.07.10": "Talang Kelapa", "12.71.15.1001": "Aur", "36.74": "Kota Tangerang Selatan"}


def test_the_label_names_what_lies_above(regions):
    assert Region.objects.get(name="Air Batu", code__startswith="16.07").path_label == (
        "Air Batu, Talang Kelapa, Kabupaten Banyuasin, Sumatera Selatan")


def test_codes_exist_in_the_schemes_that_were_verified(regions):
    codes = RegionCode.objects
    assert codes.filter(scheme="kemendagri").count() == 91599
    assert set(codes.filter(scheme="bps").values_list("region__code", "code")) >= {
        ("12.71", "1275"), ("16.07", "1607"), ("36", "36"), ("36.74", "3674")}
    assert codes.filter(scheme="bps").count() == 11 and not codes.filter(scheme="pbb").exists()


def test_loading_the_same_again_does_nothing(regions):
    before = set(ReferenceData.objects.values_list("name", "digest", "loaded_at"))
    assert api.load_regions() == 0 and api.load_holidays() == 0
    assert set(ReferenceData.objects.values_list("name", "digest", "loaded_at")) == before


def test_indexes_and_foreign_keys_are_all_back_after_loading(regions, db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename IN ('regions_region', 'regions_regioncode')")
        indexes = {name for name, in cursor.fetchall()}
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid IN "
                       "('regions_region'::regclass, 'regions_regioncode'::regclass)")
        assert cursor.fetchone() == (2,)
    assert {"region_search", "region_sort_name", "regioncode_once"} <= indexes and len(indexes) >= 9


def test_a_part_can_be_loaded_alone_with_what_lies_above(db):
    assert api.load_regions(only=("16.07.10",)) == Region.objects.count()
    assert set(Region.objects.filter(level__lt=4).values_list("code", flat=True)) == {"16", "16.07", "16.07.10"}
    assert Region.objects.filter(level=4).count() == 19


def test_a_newer_edition_changes_rows_in_place_and_ends_lost_codes(db, monkeypatch):
    api.load_regions(only=("16.07.10",))
    before = dict(Region.objects.values_list("code", "id"))
    Region.objects.filter(code="16.07").update(name="Old name", parent=None)
    stray = Region.objects.create(code="16.07.10.9999", level=4, name="Gone", path_label="Gone", sort_name="gone")
    RegionCode.objects.create(region=stray, scheme="kemendagri", code=stray.code)
    assert api.load_regions(only=("16.07",)) == 1 + 1 + 21 + 313
    assert Region.objects.get(code="16.07").name == "Kabupaten Banyuasin"
    assert Region.objects.get(code="16.07").parent.code == "16"
    now = dict(Region.objects.values_list("code", "id"))
    assert {code: now[code] for code in before} == before
    assert RegionCode.objects.get(code="16.07.10.9999").valid_to is not None
    assert RegionCode.objects.filter(scheme="kemendagri", valid_to=None).count() == 336
    assert Region.objects.get(code="16.07.01").search is not None


def test_the_data_name_their_source_version_date_and_licence():
    text = (loading.DATA / "SOURCE.md").read_text()
    for part in ("idn-area-data", "4.0.1", "6 May 2026", "Open Database License", "300.2.2-2138"):
        assert part in text


# Holidays


def test_the_holidays_of_2026_are_those_of_the_joint_decree(regions):
    days = {day.on.strftime("%m-%d"): day.kind for day in Holiday.objects.filter(on__year=2026)}
    national = ("01-01 01-16 02-17 03-19 03-21 03-22 04-03 04-05 05-01 05-14 05-27 05-31 06-01 06-16 08-17 08-25 12-25")
    collective = "02-16 03-18 03-20 03-23 03-24 05-15 05-28 12-24"
    assert days == dict.fromkeys(national.split(), "national") | dict.fromkeys(collective.split(), "collective")


@pytest.mark.parametrize("year, national, collective", [(2025, 17, 11), (2026, 17, 8), (2027, 18, 8)])
def test_every_year_has_its_number_of_days(regions, year, national, collective):
    of_year = Holiday.objects.filter(on__year=year)
    assert of_year.filter(kind="national").count() == national
    assert of_year.filter(kind="collective").count() == collective


def test_a_year_without_its_decree_is_marked_unverified(regions):
    assert not Holiday.objects.filter(on__year=2027, is_verified=True).exists()
    assert not Holiday.objects.filter(on__year__in=(2025, 2026), is_verified=False).exists()


def test_a_changed_file_changes_its_years_and_leaves_local_days_alone(db, monkeypatch, tmp_path):
    api.load_regions(only=("16.07.01",))
    api.load_holidays()
    Holiday.objects.create(region=api.home_region(), on=date(2026, 4, 10), name="Hari jadi", kind="local", source="x")
    changed = tmp_path / "holidays.yaml"
    changed.write_text(yaml.safe_dump({"years": [{
        "year": 2026, "source": "SKB", "verified": True, "national": {date(2026, 1, 1): "Tahun Baru"}, "collective": {},
    }]}))
    monkeypatch.setattr(loading, "HOLIDAYS", changed)
    assert api.load_holidays() == 1
    assert list(Holiday.objects.filter(on__year=2026).order_by("on").values_list("name", flat=True)) == [
        "Tahun Baru", "Hari jadi"]
    assert Holiday.objects.filter(on__year=2025).exists()


def test_a_day_outside_its_year_is_refused_and_nothing_changes(db, monkeypatch, tmp_path):
    changed = tmp_path / "holidays.yaml"
    changed.write_text(yaml.safe_dump({"years": [{
        "year": 2026, "source": "SKB", "verified": True, "national": {date(2025, 1, 1): "x"}, "collective": {}}]}))
    monkeypatch.setattr(loading, "HOLIDAYS", changed)
    with pytest.raises(ValueError, match="2026"):
        api.load_holidays()
    assert not Holiday.objects.exists() and not ReferenceData.objects.exists()
