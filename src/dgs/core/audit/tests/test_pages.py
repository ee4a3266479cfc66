"""The pages of the audit record: who may read it, filters, pages, export, check."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection

from dgs.core.audit import actions, api, checking, queries, tasks, views
from dgs.core.audit.models import AuditHead, AuditRow
from dgs.core.audit.permissions import Permission

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


def sign_in(client, *permissions):
    """Sign somebody in who holds these permissions everywhere."""
    user = get_user_model().objects.create_user(username=f"u{len(permissions)}@dgs.example", name="Dewi Percobaan")
    role = apps.get_model("access", "Role").objects.create(code="tester", title="x", permissions=list(permissions))
    apps.get_model("access", "Grant").objects.create(user=user, role=role, valid_from=date(2020, 1, 1))
    client.force_login(user)
    return client


@pytest.fixture
def auditor(client, db):
    """A browser in which an auditor is signed in."""
    return sign_in(client, Permission.VIEW_LOG, Permission.VERIFY)


@pytest.fixture
def rows(auditor):
    """Sixty rows of one actor, one a minute."""
    actor = type("Actor", (), {"pk": 999_001, "name": "Budi Percobaan"})()
    return [
        api.record(action="cases.submitted", by=actor, subject=f"cases.case:{number}", person=5 + number % 2,
                   now=NOW + timedelta(minutes=number), facts={"n": number})
        for number in range(60)
    ]


def shown(response):
    return [row.subject for row in response.context["rows"]]


def test_who_is_not_signed_in_is_asked_to(client, db):
    assert client.get("/audit").status_code == 302


@pytest.mark.parametrize("held, refused", [
    ((), ("get /audit", "get /audit/unduh", "post /audit/periksa")), ((Permission.VIEW_LOG,), ("post /audit/periksa",)),
    ((Permission.VERIFY,), ("get /audit", "get /audit/unduh")),
])
def test_who_may_not_is_refused_and_nothing_is_recorded(client, db, held, refused):
    sign_in(client, *held)
    for method, url in (each.split() for each in refused):
        assert getattr(client, method)(url).status_code == 403
    assert not AuditRow.objects.exists()


def test_who_may_only_read_sees_no_button_to_check(client, db):
    assert b"/audit/periksa" not in sign_in(client, Permission.VIEW_LOG).get("/audit").content


def test_the_record_is_shown_newest_first(auditor, rows):
    assert shown(auditor.get("/audit?actor=999001"))[:3] == ["cases.case:59", "cases.case:58", "cases.case:57"]


def test_pages_follow_each_other_without_gap_or_repetition(auditor, rows):
    first = auditor.get("/audit?actor=999001")
    second = auditor.get(f"/audit?{first.context['older']}")
    assert shown(first) + shown(second) == [f"cases.case:{number}" for number in reversed(range(60))]
    assert not second.context["older"] and second.context["newest"] == "actor=999001"


def test_rows_of_one_instant_are_not_lost_between_pages(auditor):
    for number in range(120):
        api.record(action="x.y", by=None, subject=f"same.time:{number}", now=NOW)
    seen, query = [], "subject=same.time"
    while query:
        page = auditor.get(f"/audit?{query}")
        seen += shown(page)
        query = page.context["older"]
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("query, count", [
    ("actor=999001", 50), ("actor=percobaan", 50), ("subject=cases.case:59", 1), ("action=cases.submitted&actor=999001", 50),
    ("person=5&actor=999001", 30), ("since=2026-11-20&until=2026-11-20&actor=999001", 50),
    ("since=2026-11-21&actor=999001", 0), ("until=2026-11-19&actor=999001", 0), ("kind=read&actor=999001", 0),
])
def test_filters_limit_what_is_shown(auditor, rows, query, count):
    assert len(shown(auditor.get(f"/audit?{query}"))) == count


@pytest.mark.parametrize("query", [
    "person=abc", "person=99999999999999999999999", "since=yesterday", "until=9999-12-31", "kind=x", "after=1",
    "after=2026-11-20T02:30:00,1", "after=2026-13-45T02:30:00Z,1", "after=2026-11-20T02:30:00Z,99999999999999999999",
    "actor=%00", "actor=٩٩", "subject=%25_%27", "actor=99999999999999999999",
])
def test_nonsense_in_the_address_is_passed_over(auditor, query):
    assert auditor.get(f"/audit?{query}").status_code == 200


def test_what_was_recorded_cannot_become_code_on_the_page(auditor):
    api.record(action="x.y", by=None, subject="<script>alert(1)</script>", now=NOW, facts={"<b>": "<img src=x>"})
    text = auditor.get("/audit?subject=%3Cscript").content.decode()
    assert "<script>alert" not in text and "<img src=x>" not in text


def test_a_page_costs_a_fixed_number_of_queries(auditor, rows, django_assert_num_queries):
    auditor.get("/audit")
    with django_assert_num_queries(7):
        auditor.get("/audit?actor=999001")


def exported(response):
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_the_export_holds_the_filtered_rows_and_is_recorded(auditor, rows):
    response = auditor.get("/audit/unduh?subject=cases.case:5&actor=999001")
    found = exported(response)
    assert [row["subject"] for row in found] == [f"cases.case:{n}" for n in (*reversed(range(50, 60)), 5)]
    assert response["Content-Type"].startswith("text/csv") and "attachment" in response["Content-Disposition"]
    kept = AuditRow.objects.get(action="audit.exported")
    assert kept.facts == {"filter": {"subject": "cases.case:5", "actor": "999001"}}


@pytest.mark.parametrize("name", ["=1+1", "+SUM(A1)", "-2", "@cmd", "\t=1", "\r=1", "\n=1"])
def test_no_cell_of_the_export_is_a_formula(auditor, name):
    api.record(action="x.y", by=type("A", (), {"pk": 5, "name": name})(), subject="f:1", now=NOW, purpose=name)
    found, = exported(auditor.get("/audit/unduh?subject=f:1"))
    assert found["actor_name"][0] == found["purpose"][0] == "'"


def test_the_check_says_that_nobody_touched_the_record(auditor, rows):
    response = auditor.post("/audit/periksa")
    assert response.status_code == 200 and response.context["findings"].ok
    page = auditor.get("/audit")
    assert page.context["last_check"].facts["ok"] is True


def test_the_check_names_what_was_touched(auditor, rows):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditrow DISABLE TRIGGER audit_row_keep")
        cursor.execute("UPDATE audit_auditrow SET facts = '{}' WHERE id = %s", [rows[10].pk])
        cursor.execute("ALTER TABLE audit_auditrow ENABLE TRIGGER audit_row_keep")
    text = auditor.post("/audit/periksa").content.decode()
    assert str(rows[10].pk) in text
    page = auditor.get("/audit")
    assert page.context["last_check"].facts["problems"] == 1 and str(rows[10].pk) in page.content.decode()


def test_a_very_long_record_is_checked_by_the_worker(auditor, rows, monkeypatch, run_jobs):
    monkeypatch.setattr(views, "MOST_AT_ONCE", -1)
    assert auditor.post("/audit/periksa").status_code == 302
    assert auditor.post("/audit/periksa").status_code == 302
    assert not AuditRow.objects.filter(action="audit.verified").exists()
    assert run_jobs("audit.check_chain") == 1
    assert queries.last_check().facts["ok"] is True and queries.last_check().actor is not None


def test_each_night_the_chain_is_checked_and_where_it_stands_written_down(db):
    for _ in range(3):
        api.record(action="x.y", by=None, subject="x:1", now=NOW)
    tasks.nightly(0)
    assert [row.action for row in AuditRow.objects.order_by("id")][-2:] == ["audit.verified", "audit.checkpoint"]
    heads = AuditRow.objects.get(action="audit.checkpoint").facts["heads"]
    assert len(heads) == AuditHead.objects.count() and sum(seq for seq, _ in heads.values()) == 4
    assert api.verify().ok


def test_the_newest_page_goes_through_an_index(db):
    assert "audit_at" in queries.log_rows(queries.LogFilter())[:50].explain() or AuditRow.objects.count() < 1000


def test_a_note_of_the_check_fits_whatever_was_found(db, monkeypatch):
    problems = [checking.Problem(kind="edited", lane=1, sentence="x" * 1000)] * 9
    monkeypatch.setattr(checking, "verify", lambda: checking.Findings(rows=1, problems=problems))
    actions.record_check(by=None, now=NOW)
    assert len(queries.last_check().facts["first"]) == 5
