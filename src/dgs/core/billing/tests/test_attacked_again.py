"""Attacks on refunds, withdrawals, shifts, parts of lines and proposals that were tried once and must not come back."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import ProofNotReady
from dgs.core.billing.models import ChargeKind, Payment, Proof, Proposal, Receipt, Settlement, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY, person
from dgs.core.ledger.actions import close_period
from dgs.kernel.errors import RuleBroken

APPROVALS = reverse("billing:proposals")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def browser_of(user, *permissions, office=None):
    role = Role.objects.create(code=f"r{user.pk}", title="Peran", permissions=list(permissions), is_staff=True)
    Grant.objects.create(user=user, role=role, office=office, valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def treasurer(user):
    return browser_of(user, "billing.resolve_line", "billing.take_statement", "billing.view_desk", "billing.propose_change")


@pytest.fixture
def head(other):
    return browser_of(other, "billing.approve")


@pytest.fixture
def bank(account):
    def book(*transfers):
        account.refresh_from_db()
        count = StatementLine.objects.count()
        data = mt940_text(transfers, account=account.number, opening=int(account.booked), number=f"{count + 1}/1")
        billing.take_statement(data.encode(), file_name=f"f{count}", account=None, by=None, now=NOW)
        return StatementLine.objects.order_by("-pk").first()

    return book


# What a second person was shown is what is done.


def test_money_that_comes_back_to_a_line_is_not_explained_by_an_older_proposal(treasurer, head, bank, issue, user):
    bill = issue(amount=90_000)
    line = bank(Transfer(day=TODAY, amount=100_000, text="BUDI"))
    payment = billing.assign_line(line_id=line.pk, bill=bill, note="sebagian", by=user, now=NOW)
    values = {"settle": 1, "selesai-outcome": "returned", "selesai-note": "sisa dikembalikan"}
    assert treasurer.post(reverse("billing:line", args=[line.pk]), values).status_code == 302
    shown = head.get(APPROVALS).content.decode()
    assert "10.000" in shown and "100.000" not in shown
    actions.take_back_payment(payment_id=payment.pk, reason="salah", by=user, now=NOW)
    head.post(APPROVALS, {"proposal": Proposal.objects.get().pk, "decision": "approve"})
    assert sum(Settlement.objects.values_list("amount", flat=True)) in (0, 10_000)


def test_money_that_comes_back_to_a_receipt_is_not_explained_by_an_older_proposal(treasurer, head, account, issue, user):
    bill = issue(amount=90_000)
    got = billing.receive(
        channel="qris", source="t:1", bill_id=None, amount=Decimal(100_000), reference="R1", happened_at=NOW, now=NOW,
        account=account,
    )
    payment = billing_assign(got, bill, user)
    values = {"selesai-act": "returned", "selesai-note": "sisa dikembalikan"}
    assert treasurer.post(reverse("billing:receipt", args=[got.receipt_id]), values).status_code == 302
    actions.take_back_payment(payment_id=payment.pk, reason="salah", by=user, now=NOW)
    head.post(APPROVALS, {"proposal": Proposal.objects.get().pk, "decision": "approve"})
    assert sum(Settlement.objects.values_list("amount", flat=True)) in (0, 10_000)


def billing_assign(got, bill, user):
    return actions.assign_receipt(receipt_id=got.receipt_id, bill=bill, note="sebagian", by=user, now=NOW)


# Signs that no text of the database takes.


@pytest.mark.parametrize("word", ["a\x00b", "\x00", "x" * 5000, "<script>alert(1)</script>"])
def test_a_word_with_a_decision_may_be_anything(treasurer, head, bank, word):
    line = bank(Transfer(day=TODAY, amount=100_000, text="BUDI"))
    values = {"settle": 1, "selesai-outcome": "returned", "selesai-note": "dikembalikan"}
    assert treasurer.post(reverse("billing:line", args=[line.pk]), values).status_code == 302
    made = head.post(APPROVALS, {"proposal": Proposal.objects.get().pk, "decision": "decline", "answer": word})
    assert made.status_code == 302


def test_nul_in_what_forms_send(treasurer, bank, issue):
    line = bank(Transfer(day=TODAY, amount=100_000, text="BUDI"))
    for name in ("bill", "amount", "note"):
        sent = {"assign": 1, "pasang-bill": "1", "pasang-amount": "1", "pasang-note": "abc"} | {f"pasang-{name}": "a\x00b"}
        assert treasurer.post(reverse("billing:line", args=[line.pk]), sent).status_code == 422
    assert treasurer.post(reverse("billing:line", args=[line.pk]), {"undo": "payment:\x00", "reason": "abc"}).status_code == 404
    sent = {"office": "dis\x00hub", "amount": 1, "account": line.account_id, "token": "a" * 32}
    assert treasurer.post(reverse("billing:counter_cash"), sent).status_code < 500
    for sent in ({"end": "1\x00"}, {"example": "\x00"}, {"example": "AAAA", "delimiter": "\x00"}):
        assert treasurer.post(reverse("billing:mappings"), sent).status_code < 500


# What is another office's.


@pytest.fixture
def elsewhere(office):
    return apps.get_model("organisations", "Office").objects.create(
        slug="dinkes", kind="health", name="Dinas Kesehatan", short_name="Dinkes", region=office.region
    )


@pytest.fixture
def deposit(issue, office, account, user, other):
    """150.000 of one office's cash on its way to the bank; `user` was the cashier."""
    bill = issue()
    shift = actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=user, now=NOW)
    actions.take_cash(bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW)
    actions.close_shift(notes={50_000: 3}, reason="", by=user, now=NOW)
    given = actions.hand_over(shift_id=shift.pk, by=user, now=NOW)
    actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=other, now=NOW)
    return actions.deposit(office=office, amount=Decimal(150_000), account=account, token="b" * 32, by=other, now=NOW)


ALL = (
    "billing.resolve_line", "billing.take_statement", "billing.view_desk", "billing.propose_change", "billing.approve",
    "billing.take_cash",
)


def test_the_deposit_that_a_line_brings_is_not_told_to_another_office_nor_taken_back_by_it(deposit, bank, elsewhere):
    line = bank(Transfer(day=TODAY, amount=150_000, text=f"SETORAN {deposit.reference} TELLER"))
    settlement = Settlement.objects.get()
    stranger = browser_of(person("orang-lain"), *ALL, office=elsewhere)
    page = stranger.get(reverse("billing:line", args=[line.pk]))
    sent = {"undo": f"settlement:{settlement.pk}", "reason": "iseng saja"}
    assert stranger.post(reverse("billing:line", args=[line.pk]), sent).status_code == 404
    assert Settlement.objects.count() == 1
    assert f"settlement:{settlement.pk}" not in page.content.decode()


def test_no_page_of_money_opens_for_another_office(deposit, bank, elsewhere, user, issue, other):
    stranger = browser_of(person("orang-lain"), *ALL, office=elsewhere)
    bill = issue(about="tests.thing:2")
    cash = Receipt.objects.get(channel="cash")
    shift = cash.shift
    another = person("kasir-dua")
    opened = actions.open_shift(office=shift.office, counter="2", float_amount=Decimal(0), by=another, now=NOW)
    line = bank(Transfer(day=TODAY, amount=1, text=bill.payment_code))
    for name, key in (
        ("slip", cash.pk), ("shift", shift.pk), ("close_for", opened.pk), ("accept", shift.hand_over.pk),
        ("deposit_slip", deposit.pk),
        ("receipt", deposit.pk), ("receipt", cash.pk), ("line", line.pk), ("office_bill", bill.number), ("take", bill.number),
        ("seen", Payment.objects.first().pk), ("bill", bill.number),
    ):
        for act in (stranger.get, stranger.post):
            assert act(reverse(f"billing:{name}", args=[key])).status_code in {404, 405}, name
    for name in ("desk", "refunds", "worklist", "counter_cash", "confirmations", "proposals", "office_bills"):
        text = stranger.get(reverse(f"billing:{name}") + "?q=150000").content.decode()
        assert bill.number not in text and "Siti" not in text, name
        assert deposit.reference not in text


# Papers that say more than is true.


def decided(act, values, subject, by, other):
    made = actions.propose(act=act, values=values, subject=subject, reason="alasan", by=by, now=NOW)
    return actions.decide(proposal_id=made.pk, is_approved=True, answer="", by=other, now=NOW)


def test_the_slip_of_a_deposit_that_was_not_made_says_so_and_its_form_makes_none(deposit, office, account, user, other):
    decided("withdraw", {"receipt": deposit.pk}, f"billing.receipt:{deposit.pk}", user, other)
    browser = browser_of(user, "billing.take_statement")
    assert "DICABUT" in browser.get(reverse("billing:deposit_slip", args=[deposit.pk])).content.decode().upper()
    with pytest.raises(RuleBroken):
        actions.deposit(office=office, amount=deposit.amount, account=account, token="b" * 32, by=other, now=NOW)


def test_a_proof_of_all_ends_with_money_that_a_channel_told_of_later(issue, bank, account, user):
    bill = issue()
    bank(Transfer(day=TODAY, amount=150_000, text=bill.payment_code))
    with suppress(ProofNotReady):
        actions.issue_proof(bill_id=bill.pk, now=NOW)
    billing.receive(
        channel="va", source="t:va", bill_id=bill.pk, amount=Decimal(150_000), reference="VA0001", happened_at=NOW, now=NOW,
        account=account, strict=True,
    )
    assert Proof.objects.get().withdrawn_at is None
    payment = Payment.objects.get(undoes=None, undone_by=None)
    actions.take_back_payment(payment_id=payment.pk, reason="cek ditolak bank", by=user, now=NOW)
    assert billing.standing(bill).state == "open" and Proof.objects.get().withdrawn_at is not None


def test_a_proof_of_all_ends_when_the_bill_asks_more(issue, bank, account, user, other):
    bill = issue()
    bank(Transfer(day=TODAY, amount=150_000, text=bill.payment_code))
    with suppress(ProofNotReady):
        actions.issue_proof(bill_id=bill.pk, now=NOW)
    more = {"kind": "correction", "amount": "50000", "account": "4.1.02.03.03.0001", "decided_on": str(TODAY)}
    decided("adjust", {"bill": bill.pk} | more, f"billing.bill:{bill.pk}", user, other)
    assert billing.standing(bill).state == "part" and Proof.objects.get().withdrawn_at is not None


# Days.


def test_a_message_that_comes_days_after_the_banks_line_makes_nobody_late(issue, bank, account):
    ChargeKind.objects.create(
        code="uji", name="Uji", valid_from=date(2020, 1, 1), monthly_rate=Decimal("0.02"), receipt_title="Bukti",
        receipt_short="B",
    )
    due = TODAY - timedelta(days=2)
    bill = issue(kind="uji", due_on=due)
    bank(Transfer(day=due, amount=150_000, text=bill.payment_code))
    assert billing.standing(bill).state == "paid"
    received = billing.receive(
        channel="va", source="t:va", bill_id=bill.pk, amount=Decimal(150_000), reference="VA0001", happened_at=NOW, now=NOW,
        account=account, strict=True,
    )
    assert billing.standing(bill).state == "paid" and received.owed.amount == 0 and billing.check_money().ok


def test_a_late_statement_of_two_closed_days_is_all_in_the_ledger(issue, bank, account, user):
    bills = [issue(about=f"tests.thing:{n}", amount=100_000 + n, now=NOW - timedelta(days=20)) for n in range(4)]
    close_period(kind="day", through=TODAY - timedelta(days=4), note="tutup harian", now=NOW, by=user)
    received = billing.receive(
        channel="va", source="t:va", bill_id=bills[3].pk, amount=bills[3].total, reference="VA0001", now=NOW, account=account,
        happened_at=NOW - timedelta(days=5),
    )
    assert received.owed.amount == 0
    days = [TODAY - timedelta(days=5 - n) for n in range(4)]
    bank(*(Transfer(day=day, amount=int(one.total), text=one.payment_code) for day, one in zip(days, bills, strict=True)))
    assert {billing.standing(bill).state for bill in bills} == {"paid"}
    assert not billing.check_money().problems


# What is proposed by one, and what one does alone.


def test_giving_cash_back_is_proposed_with_its_amount(treasurer, issue, office, account, other):
    bill = issue()
    actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=other, now=NOW)
    cash = actions.take_cash(
        bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=other, now=NOW
    ).receipt
    sent = {"selesai-act": "withdraw", "selesai-note": "salah orang"}
    assert treasurer.post(reverse("billing:receipt", args=[cash.pk]), sent).status_code == 302
    assert Proposal.objects.get().amount == 150_000


def test_a_treasurer_does_not_keep_the_cash_for_money_of_a_stranger(deposit, bank):
    """Who sees an unknown transfer at the bank notes a deposit of its amount, keeps the cash, and then takes the statement."""
    line = bank(Transfer(day=TODAY, amount=150_000, text="TRSF E-BANKING PT ASING UNTUK SEWA"))
    deposit.refresh_from_db()
    assert line.rest == 150_000 and deposit.unsettled == 150_000
