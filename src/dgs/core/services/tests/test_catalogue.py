"""Finding a service, the catalogue and service pages, and the catalogue's part of the API."""

import pytest
from django.urls import reverse
from django.utils import translation

from dgs.core.services import api
from dgs.core.services.models import Service

SLUGS = ["akta-kelahiran", "izin-reklame", "izin-trayek"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", {*SLUGS, "pengaduan"}),
        ("akta", {"akta-kelahiran"}),
        ("AKTE lahir", {"akta-kelahiran"}),
        ("mau urus aktè kelahiran", {"akta-kelahiran"}),
        ("birth", {"akta-kelahiran"}),
        ("bayi", {"akta-kelahiran"}),
        ("ijin", {"izin-reklame", "izin-trayek"}),
        ("ijin angkot", {"izin-trayek"}),
        ("rekl", {"izin-reklame"}),
        ("iklan", {"izin-reklame"}),
        ("xyzzy", set()),
        ("akta xyzzy", set()),
        ("%_'; drop table", set()),
        ("a" * 5000, set()),
    ],
)
def test_people_find_services_by_their_own_words(loaded_region, q, expected):
    assert {service.slug for service, _definition in api.search(q)} == expected


def test_the_best_fit_comes_first(loaded_region):
    assert [s.slug for s, _d in api.search("izin reklame")][0] == "izin-reklame"


def test_the_catalogue_lists_services_by_field_and_filters_who_may_apply(client, loaded_region):
    html = client.get(reverse("services:catalogue")).content.decode()
    for slug in SLUGS:
        assert reverse("services:detail", args=[slug]) in html
    html = client.get(reverse("services:catalogue"), {"untuk": "perorangan"}).content.decode()
    assert "akta-kelahiran" in html and "izin-trayek" not in html
    html = client.get(reverse("services:catalogue"), {"untuk": "badan-usaha"}).content.decode()
    assert "akta-kelahiran" not in html and "izin-trayek" in html


def test_while_typing_only_the_results_are_sent(client, loaded_region):
    answer = client.get(reverse("services:catalogue"), {"q": "akte"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<html" not in html and "akta-kelahiran" in html
    assert "HX-Request" in answer.headers["Vary"]


def test_nothing_found_is_said_with_a_way_on(client, loaded_region):
    html = client.get(reverse("services:catalogue"), {"q": "<script>"}).content.decode()
    assert "&lt;script&gt;" in html and "<script>alert" not in html


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_service_page_says_all_in_both_languages(client, loaded_region, slug, language):
    client.cookies["django_language"] = language
    html = client.get(reverse("services:detail", args=[slug])).content.decode()
    definition = api.definition_of(api.current_version(slug).pk)
    with translation.override(language):
        for text in (definition.title, definition.standard.requirements[0], definition.standard.evaluation,
                     definition.standard.legal_basis[0].title, definition.product.title):
            assert str(text) in html
    assert html.count('<details class="fold">') == 14
    assert 'style="' not in html and "onclick" not in html


def test_pages_need_few_queries(client, loaded_region, django_assert_max_num_queries):
    client.get(reverse("services:catalogue"))
    client.get(reverse("services:detail", args=["izin-trayek"]))
    with django_assert_max_num_queries(1):
        client.get(reverse("services:catalogue"))
    with django_assert_max_num_queries(1):
        client.get(reverse("services:detail", args=["izin-trayek"]))


def test_a_closed_service_says_so_and_has_no_start_button(client, loaded_region):
    Service.objects.filter(slug="izin-trayek").update(is_open=False)
    html = client.get(reverse("services:detail", args=["izin-trayek"])).content.decode()
    assert "/ajukan/izin-trayek" not in html


def test_an_unknown_service_is_not_found(client, loaded_region):
    assert client.get("/layanan/tidak-ada").status_code == 404
    assert client.post("/layanan").status_code == 405


def test_the_api_lists_services_and_gives_the_form_as_json_schema(client, loaded_region):
    found = client.get("/api/v1/services", {"q": "ijin trayek"}).json()
    assert [one["slug"] for one in found] == ["izin-trayek"]
    assert found[0]["working_days"] == 10 and found[0]["is_free"] is False
    one = client.get("/api/v1/services/izin-trayek").json()
    assert len(one["standard"]) == 14 and one["version"] == 1
    assert "vehicles" in one["form"]["properties"]
    assert one["form"]["additionalProperties"] is False
    assert client.get("/api/v1/services/tidak-ada").status_code == 404
