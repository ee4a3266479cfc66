"""Deciding on a part of a bank line, by the page; and what payers are answered when one sum pays several of their bills."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import PartWrong
from dgs.core.billing.models import Confirmation, Proposal, Settlement, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def browser_of(user, *permissions):
    role = Role.objects.create(code=f"r{user.pk}", title="Peran", permissions=list(permissions), is_staff=True)
    Grant.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def treasurer(user):
    return browser_of(user, "billing.resolve_line")


@pytest.fixture
def bank(account):
    def book(amount, text="KELUAR", opening=1_000_000, name="a"):
        data = mt940_text(
            [Transfer(day=TODAY, amount=amount, text=text, mark="C" if amount > 0 else "D")], account=account.number,
            opening=opening,
        ).encode()
        billing.take_statement(data, file_name=name, account=None, by=None, now=NOW)
        return StatementLine.objects.get(text__contains=text)

    return book


@pytest.fixture
def refund(issue, bank, user, other):
    """A refund of 50.000 that is approved and not paid."""
    bill = issue()
    line = bank(200_000, text=f"BAYAR {bill.payment_code}", name="masuk", opening=0)
    billing.assign_line(line_id=line.pk, bill=bill, note="lebih", by=user, now=NOW, with_excess=True)
    return actions.give_back(
        bill_id=bill.pk, amount=Decimal(50_000), to_bank="Bank", to_account="123456", to_holder="Siti", reason="lebih",
        decision_number="", by=user, approved_by=other, now=NOW,
    )


def send(treasurer, line, **values):
    return treasurer.post(reverse("billing:line", args=[line.pk]), values)


def approve(by):
    return actions.decide(proposal_id=Proposal.objects.get(decided_at=None).pk, is_approved=True, answer="", by=by, now=NOW)


def settle(amount, outcome="bank_charges"):
    return {"settle": 1, "selesai-outcome": outcome, "selesai-amount": amount, "selesai-note": "sebagian dari ini"}


def test_an_outgoing_line_is_explained_in_parts(treasurer, other, bank):
    line = bank(-106_500)
    for amount, outcome, rest in (("6.500", "bank_charges", -100_000), ("", "own_accounts", 0)):
        assert send(treasurer, line, **settle(amount, outcome)).status_code == 302
        approve(other)
        line.refresh_from_db()
        assert line.rest == rest
    assert [(one.outcome, one.amount) for one in Settlement.objects.order_by("pk")] == [
        ("bank_charges", -6_500), ("own_accounts", -100_000),
    ]
    assert billing.check_money().ok


def test_a_part_of_an_incoming_line_is_explained_too(treasurer, other, bank):
    line = bank(100_000, text="MASUK")
    assert send(treasurer, line, **settle("40000", "other_income")).status_code == 302
    approve(other)
    line.refresh_from_db()
    assert line.rest == 60_000 and billing.check_money().ok


@pytest.mark.parametrize("amount", ["106.501", "0", "-5", "x", "1,5", "9" * 40, "6500\x00"])
def test_nonsense_is_refused_in_words_and_proposes_nothing(treasurer, bank, amount):
    line = bank(-106_500)
    answer = send(treasurer, line, **settle(amount))
    assert answer.status_code == 422 and "error-summary" in answer.content.decode() and not Proposal.objects.exists()


def test_one_outgoing_line_pays_a_refund_and_something_else(treasurer, other, bank, refund):
    line = bank(-80_000, opening=200_000)
    assert refund.number in treasurer.get(reverse("billing:line", args=[line.pk])).content.decode()
    values = {"refund": 1, "restitusi-refund": refund.pk, "restitusi-amount": "", "restitusi-note": "gabungan"}
    assert send(treasurer, line, **(values | {"restitusi-amount": "50.001"})).status_code == 422
    assert not Proposal.objects.exists()
    assert send(treasurer, line, **values).status_code == 302
    assert Proposal.objects.get().amount == -50_000
    approve(other)
    refund.refresh_from_db()
    line.refresh_from_db()
    assert refund.unpaid == 0 and line.rest == -30_000 and billing.check_money().ok


def test_a_refund_may_be_paid_in_two_lines(treasurer, other, bank, refund):
    line = bank(-80_000, opening=200_000)
    values = {"refund": 1, "restitusi-refund": refund.pk, "restitusi-amount": "20.000", "restitusi-note": "sebagian"}
    assert send(treasurer, line, **values).status_code == 302
    approve(other)
    refund.refresh_from_db()
    assert refund.unpaid == 30_000 and billing.check_money().ok


@pytest.mark.parametrize("amount", [Decimal(-106_501), Decimal(6_500), Decimal(0)])
def test_the_act_refuses_what_the_line_does_not_hold(bank, user, amount):
    line = bank(-106_500)
    with pytest.raises(PartWrong):
        actions.settle_line(line_id=line.pk, outcome="bank_charges", amount=amount, note="salah", by=user, now=NOW)
    assert not Settlement.objects.exists()


def test_paying_the_oldest_first_answers_what_was_told_of_the_bills_that_it_pays(issue, bank, user, other):
    bills = [issue(amount=100_000, about=f"tests.thing:{n}", due_on=date(2026, 12, n + 1)) for n in range(3)]
    told = [
        actions.confirm_transfer(
            bill=bill, transfer_number=f"AB12345{bill.pk}", transferred_at=NOW, amount=Decimal(100_000), channel="web", now=NOW
        )
        for bill in bills
    ]
    line = bank(250_000, text="SEKALIGUS")
    actions.propose(
        act="assign", values={"line": line.pk, "bill": bills[0].pk, "amount": None, "oldest_first": True},
        subject=f"billing.statementline:{line.pk}", reason="sekaligus", by=user, now=NOW,
    )
    assert not Confirmation.objects.exclude(answered_at=None).exists()
    approve(other)
    outcomes = [Confirmation.objects.get(pk=one.pk).outcome for one in told]
    assert outcomes == ["found", "found", ""]  # of the third only a part was paid


@pytest.mark.parametrize(
    "act",
    [
        "settle_receipt", "cancel_bill", "confirm_transfer", "refuse_confirmation", "hand_over", "accept_hand_over",
        "propose", "propose_on_bill", "settle_line", "decide",
    ],
)
def test_an_act_that_fell_to_a_deadlock_is_done_again(act):
    assert hasattr(getattr(actions, act), "__wrapped__")
