"""Tests of the list of who holds what, on a day, and of it as a file for auditors."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.models import Grant
from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def people(roles, offices):
    def made(name, role, office):
        user = accounts.create_user(name=name, email=f"{name.split()[0].lower()}@contoh.test", now=NOW)
        api.grant(user=user, role=role, office=offices[office], by=None, now=NOW, valid_from=TODAY - timedelta(days=100))
        return user

    return {
        "auditor": made("Audita Contoh", "auditor", "pemerintah"), "clerk": made("=Loket Contoh", "clerk", "terminal"),
        "capil": made("Kepala Capil", "head", "dukcapil"),
    }


def names(answer):
    return [one.user.name for one in answer.context["rows"]]


def test_it_lists_filters_and_finds(people, client):
    client.force_login(people["auditor"])
    assert names(client.get("/akses")) == ["=Loket Contoh", "Audita Contoh", "Kepala Capil"]
    assert names(client.get("/akses?peran=clerk")) == ["=Loket Contoh"]
    assert names(client.get("/akses?kantor=dukcapil")) == ["Kepala Capil"]
    assert names(client.get("/akses?q=audita")) == ["Audita Contoh"]
    assert names(client.get("/akses", {"q": "x\x00", "pada": "0000-99-99", "page": "z", "peran": "'"})) == []


def test_it_tells_of_a_day_that_is_over(people, client):
    api.revoke(grant=Grant.objects.get(user=people["clerk"]), by=None, now=NOW)
    client.force_login(people["auditor"])
    assert "=Loket Contoh" not in names(client.get("/akses"))
    assert "=Loket Contoh" in names(client.get(f"/akses?pada={TODAY - timedelta(days=1)}"))
    assert names(client.get(f"/akses?pada={TODAY - timedelta(days=101)}")) == []


def test_a_head_sees_the_own_office_only(people, client):
    client.force_login(people["capil"])
    assert names(client.get("/akses")) == ["Kepala Capil"]
    assert client.get("/akses/unduh/csv").status_code == 403


def test_the_file_is_written_down_and_no_cell_runs_as_a_formula(people, client):
    client.force_login(people["auditor"])
    text = b"".join(client.get("/akses/unduh/csv")).decode()
    assert "'=Loket Contoh" in text and "\n=Loket" not in text and "Kepala Capil" in text
    assert AuditRow.objects.get(kind="read", purpose="access export").facts["rows"] == 3
    workbook = client.get("/akses/unduh/xlsx")
    assert workbook.status_code == 200 and client.get("/akses/unduh/exe").status_code == 404
    assert b"".join(workbook.streaming_content).startswith(b"PK")
    assert b"access.grant" in b"".join(client.get("/akses/unduh/izin/csv"))


def test_the_list_costs_the_same_however_many_there_are(people, offices, client, assert_queries):
    client.force_login(people["auditor"])
    for n in range(60):
        user = accounts.create_user(name=f"Pegawai {n}", email=f"p{n}@contoh.test", now=NOW)
        api.grant(user=user, role="clerk", office=offices["terminal"], by=None, now=NOW)
        if n == 5:
            with assert_queries("access:home", 9):
                client.get("/akses")
    with assert_queries("access:home", 50):
        client.get("/akses")
