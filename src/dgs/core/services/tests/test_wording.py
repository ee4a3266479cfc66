"""Tests of the pages that show what services say."""

import pytest
from django.test import Client

from dgs.core.services import queries
from dgs.core.services.preview import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(users):
    client = Client()
    client.force_login(users("head")[0])
    return client


def test_the_list_leads_to_what_each_service_says(head):
    page = head.get("/meja/layanan").content.decode()
    for service, definition in queries.open_services():
        assert f'href="/meja/layanan/{service.slug}"' in page
        shown = head.get(f"/meja/layanan/{service.slug}")
        assert shown.status_code == 200
        for rule in said(definition):
            for one in rule.languages:
                assert "{" not in one.sms + one.subject + one.body
                assert one.parts is None or (one.parts.encoding, one.parts.parts) == ("GSM-7", 1)


@pytest.mark.parametrize("query", ["?versi=999999", "?versi=%00", "?versi=-1", "?versi='"])
def test_a_version_that_is_none_shows_the_present_one(head, query):
    slug = queries.open_services()[0][0].slug
    assert head.get(f"/meja/layanan/{slug}{query}").status_code == 200


def test_it_is_for_those_who_may(users):
    client = Client()
    client.force_login(users("clerk")[0])
    assert client.get("/meja/layanan").status_code == 403
    assert client.get("/meja/layanan/tidak-ada").status_code == 403


def test_a_service_that_is_none_is_not_found(head):
    assert head.get("/meja/layanan/tidak-ada").status_code == 404
