"""How far approving reaches: proposals of one's own offices; those about money of no office only for who reaches all."""

from datetime import date

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.models import Proposal, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY

PAGE = reverse("billing:proposals")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture(autouse=True)
def theirs(office):
    """A second office: with one only, who reaches it reaches all."""
    return apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )


@pytest.fixture
def line(account):
    data = mt940_text([Transfer(day=TODAY, amount=75_000, text="TANPA KODE")], account=account.number).encode()
    billing.take_statement(data, file_name="a", account=None, by=None, now=NOW)
    return StatementLine.objects.get()


def browser_of(name, permissions, office=None):
    user = apps.get_model("accounts", "User").objects.create_user(username=f"{name}@contoh.invalid", name=name)
    role = Role.objects.create(code=name, title="Peran", permissions=permissions, is_staff=True)
    Grant.objects.create(user=user, role=role, office=office, valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def proposal(line, user):
    return actions.propose(
        act="settle", values={"line": line.pk, "outcome": "other_income"}, subject=f"billing.statementline:{line.pk}",
        amount=line.rest, reason="pendapatan lain", by=user, now=NOW,
    )


def decide(client, one, decision="approve"):
    return client.post(PAGE, {"proposal": one.pk, "decision": decision})


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_who_approves_for_one_office_does_not_decide_on_money_of_none(proposal, office, line, decision):
    client = browser_of("satu", ["billing.approve"], office)
    text = client.get(PAGE).content.decode()
    assert "pendapatan lain" not in text and "untuk semua perangkat daerah" in text
    assert decide(client, proposal, decision).status_code == 404
    proposal.refresh_from_db()
    line.refresh_from_db()
    assert proposal.decided_at is None and line.rest == 75_000


def test_who_approves_for_the_whole_region_does(proposal, line):
    client = browser_of("semua", ["billing.approve"])
    text = client.get(PAGE).content.decode()
    assert "pendapatan lain" in text and "untuk semua perangkat daerah" not in text
    assert decide(client, proposal).status_code == 302
    line.refresh_from_db()
    assert line.rest == 0


def test_who_approves_for_one_office_still_decides_on_its_bills(issue, line, office, user):
    made = actions.propose(
        act="assign", values={"line": line.pk, "bill": issue().pk}, reason="milik Siti",
        subject=f"billing.statementline:{line.pk}", office=office, amount=line.rest, by=user, now=NOW,
    )
    client = browser_of("satu", ["billing.approve"], office)
    assert "milik Siti" in client.get(PAGE).content.decode() and decide(client, made).status_code == 302
    assert Proposal.objects.get().is_approved


def test_who_proposed_sees_it_on_the_page_of_the_line(line, office):
    client = browser_of("satu", ["billing.resolve_line", "billing.approve"], office)
    address = reverse("billing:line", args=[line.pk])
    said = {"settle": 1, "selesai-outcome": "other_income", "selesai-note": "pendapatan lain"}
    assert client.post(address, said).status_code == 302
    assert Proposal.objects.get().office is None and "pendapatan lain" in client.get(address).content.decode()
