"""Tests of the regions' office files and their loading."""

import pytest
import yaml

from dgs.core.organisations import api
from dgs.core.organisations.loading import DATA
from dgs.core.organisations.models import Office, Position
from dgs.core.regions.models import Region

REGIONS = ["banyuasin", "medan", "banten"]
NEEDED = ["government", "one-stop", "civil-registration", "transport", "revenue", "finance", "secretariat", "ict",
          "oversight", "public-works", "public-order"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_the_offices_that_services_and_roles_need(regions, region):
    count = api.load_region_offices(region)
    assert count == Office.objects.count() >= 30
    for kind in NEEDED:
        office = api.office_of_kind(kind)
        assert office.positions.filter(is_signatory=True).exists(), kind
        assert office.address


@pytest.mark.parametrize("region", REGIONS)
def test_loading_twice_changes_nothing(regions, region):
    api.load_region_offices(region)
    before = list(Office.objects.order_by("pk").values()), list(Position.objects.order_by("pk").values())
    api.load_region_offices(region)
    assert (list(Office.objects.order_by("pk").values()), list(Position.objects.order_by("pk").values())) == before


def test_the_districts_of_a_regency_have_their_office(regions):
    api.load_region_offices("banyuasin")
    district = Office.objects.get(slug="kecamatan-talang-kelapa")
    assert (district.kind, district.region.code, district.parent.kind) == ("district", "16.07.10", "government")
    assert district.positions.get(is_signatory=True).title == "Camat Talang Kelapa"
    assert Office.objects.filter(kind="district").count() == 21


def test_an_office_below_another_belongs_to_its_tree(regions):
    api.load_region_offices("banyuasin")
    health = api.office_of_kind("health")
    assert api.offices_below(health) == {health.pk, Office.objects.get(slug="rsud").pk}
    assert api.offices_below(api.office_of_kind("government")) == set(Office.objects.values_list("pk", flat=True))


def test_a_kind_that_many_offices_have_or_none_is_refused(regions):
    api.load_region_offices("banyuasin")
    for kind in ("district", "space-travel"):
        with pytest.raises(api.NoSuchOffice):
            api.office_of_kind(kind)


def test_a_closed_office_is_found_no_more(regions, now):
    api.load_region_offices("banyuasin")
    api.close_office(office=api.office_of_kind("transport"), by=None, now=now)
    with pytest.raises(api.NoSuchOffice):
        api.office_of_kind("transport")
    assert api.office_by_slug("dishub") is None


def test_without_the_regions_nothing_is_loaded():
    with pytest.raises(api.OfficeFileInvalid) as refused:
        api.load_region_offices("banyuasin")
    assert "load the regions first" in str(refused.value)
    assert not Office.objects.exists()


def test_a_region_without_a_file_is_refused():
    with pytest.raises(api.OfficeFileInvalid):
        api.load_region_offices("atlantis")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "space-travel"}, "unknown kind"),
        ({"parent": "nirvana"}, "does not stand above it"),
        ({"slug": "inspektorat"}, "stands twice"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_is_loaded(tmp_path, monkeypatch, change, said):
    Region.objects.create(code="16.07", level=2, name="Banyuasin", path_label="Banyuasin", sort_name="banyuasin")
    content = yaml.safe_load((DATA / "banyuasin.yaml").read_text())
    content["offices"][-1] |= change
    (tmp_path / "banyuasin.yaml").write_text(yaml.safe_dump(content))
    (tmp_path / "kinds.yaml").write_text((DATA / "kinds.yaml").read_text())
    monkeypatch.setattr("dgs.core.organisations.loading.DATA", tmp_path)
    with pytest.raises(api.OfficeFileInvalid) as refused:
        api.load_region_offices("banyuasin")
    assert said in str(refused.value)
    assert not Office.objects.exists()
