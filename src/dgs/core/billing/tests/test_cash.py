"""Cash at the counter: the shift, taking cash, the count, the hand-over, the deposit, and their pages."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions, queries
from dgs.core.billing import api as billing
from dgs.core.billing.errors import (
    AlreadyAccepted,
    BillFullyPaid,
    CashAmountChanged,
    DepositTooLarge,
    DifferenceUnexplained,
    NoOpenShift,
    NothingToHandOver,
    OwnCash,
    ShiftOpen,
    TenderedTooLittle,
)
from dgs.core.billing.models import CashShift, HandOver, Receipt, ShiftClosing, StatementLine
from dgs.core.billing.queries.cash import treasurer_cash_of
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY, balance

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def cashier(db):
    return apps.get_model("accounts", "User").objects.create_user(
        username="kasir@contoh.invalid", name="Kasiran Tunaiwati", password="rahasia-sekali-1"
    )


@pytest.fixture
def shift(office, cashier):
    return actions.open_shift(office=office, counter="Loket 1", float_amount=Decimal(200_000), by=cashier, now=NOW)


def take(bill, by, amount=150_000, tendered=200_000, token=TOKEN):
    return actions.take_cash(
        bill_id=bill.pk, amount=Decimal(amount), tendered=Decimal(tendered), token=token, by=by, now=NOW
    )


def in_treasury(bill, cashier, treasurer):
    """Take cash for a bill, close, hand over, accept."""
    take(bill, cashier)
    closing = actions.close_shift(notes={100_000: 3, 50_000: 1}, reason="", by=cashier, now=NOW)
    given = actions.hand_over(shift_id=closing.shift_id, by=cashier, now=NOW)
    return actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=treasurer, now=NOW)


def test_cash_pays_the_bill_at_once_and_says_the_change(issue, shift, cashier, paid_events):
    bill = issue()
    taken = take(bill, cashier)
    assert taken.is_new and taken.receipt.change == 50_000 and taken.receipt.reference == f"K{shift.pk:05d}-0001"
    assert billing.standing(bill).state == "paid" and len(paid_events) == 1
    assert balance("counter_cash") == 150_000 and balance("unidentified") == 0 and billing.check_money().ok


def test_the_same_form_sent_twice_is_one_receipt(issue, shift, cashier):
    bill = issue()
    first, again = take(bill, cashier), take(bill, cashier)
    assert again.receipt.pk == first.receipt.pk and not again.is_new and Receipt.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "refusal"), [({"tendered": 149_999}, TenderedTooLittle), ({"amount": 140_000}, CashAmountChanged)]
)
def test_what_does_not_fit_is_not_taken(issue, shift, cashier, changes, refusal):
    bill = issue()
    with pytest.raises(refusal):
        take(bill, cashier, **changes)
    assert not Receipt.objects.exists() and billing.standing(bill).state == "open"


def test_a_paid_bill_takes_no_more_cash(issue, shift, cashier):
    bill = issue()
    take(bill, cashier)
    with pytest.raises(BillFullyPaid):
        take(bill, cashier, token="f" * 32)
    assert Receipt.objects.count() == 1


def test_without_an_open_shift_no_cash_is_taken(issue, cashier):
    bill = issue()
    with pytest.raises(NoOpenShift):
        take(bill, cashier)
    assert not Receipt.objects.exists()


def test_a_cashier_has_one_open_shift(office, shift, cashier):
    with pytest.raises(ShiftOpen):
        actions.open_shift(office=office, counter="Loket 2", float_amount=Decimal(0), by=cashier, now=NOW)
    assert CashShift.objects.count() == 1


def test_a_late_bill_asks_its_penalty_in_cash_too(issue, shift, cashier):
    from dgs.core.billing.api import load_charge_kinds

    load_charge_kinds()
    bill = issue(100_000, kind="retribution", due_on=date(2026, 11, 1))
    with pytest.raises(CashAmountChanged):
        take(bill, cashier, amount=100_000)
    taken = take(bill, cashier, amount=101_000)
    assert taken.receipt.payments.get().penalty == 1_000 and billing.standing(bill).state == "paid"


def test_a_count_that_agrees_closes_the_shift(issue, shift, cashier):
    take(issue(), cashier)
    closing = actions.close_shift(notes={100_000: 3, 50_000: 1}, reason="", by=cashier, now=NOW)
    assert (closing.counted, closing.expected, closing.difference) == (350_000, 150_000, 0)
    shift.refresh_from_db()
    assert shift.is_closed
    with pytest.raises(NoOpenShift):
        take(issue(about="tests.thing:2"), cashier, token="e" * 32)


def test_a_difference_needs_its_reason_and_is_booked(issue, shift, cashier):
    take(issue(), cashier)
    notes = {100_000: 3, 20_000: 2}
    with pytest.raises(DifferenceUnexplained):
        actions.close_shift(notes=notes, reason=" ", by=cashier, now=NOW)
    assert not ShiftClosing.objects.exists() and balance("cash_difference") == 0
    closing = actions.close_shift(notes=notes, reason="Salah beri kembalian", by=cashier, now=NOW)
    assert closing.difference == -10_000 and balance("cash_difference") == 10_000 and balance("counter_cash") == 140_000
    assert actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW).amount == 140_000


def test_the_hand_over_becomes_the_treasurers_only_when_another_person_accepts(issue, shift, cashier, user, office):
    take(issue(), cashier)
    actions.close_shift(notes={100_000: 3, 50_000: 1}, reason="", by=cashier, now=NOW)
    given = actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW)
    assert actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW).pk == given.pk
    with pytest.raises(OwnCash):
        actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=cashier, now=NOW)
    given.refresh_from_db()
    assert given.accepted_at is None and treasurer_cash_of(office.pk) == 0
    actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=user, now=NOW)
    assert treasurer_cash_of(office.pk) == 150_000 and balance("counter_cash") == 0
    with pytest.raises(AlreadyAccepted):
        actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=user, now=NOW)
    assert treasurer_cash_of(office.pk) == 150_000


def test_the_database_refuses_that_the_giver_accepts(issue, shift, cashier):
    take(issue(), cashier)
    actions.close_shift(notes={100_000: 3, 50_000: 1}, reason="", by=cashier, now=NOW)
    given = actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW)
    with pytest.raises(IntegrityError, match="handover_second_person"), transaction.atomic():
        HandOver.objects.filter(pk=given.pk).update(accepted_by=cashier, accepted_at=NOW, counted=150_000)
    assert HandOver.objects.get().accepted_at is None


def test_a_shift_without_cash_hands_nothing_over(shift, cashier):
    actions.close_shift(notes={100_000: 2}, reason="", by=cashier, now=NOW)
    with pytest.raises(NothingToHandOver):
        actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW)
    assert not HandOver.objects.exists()


def test_cash_of_another_offices_bill_lies_in_the_shifts_office(issue, shift, cashier, user, office):
    other = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    in_treasury(issue(office=other), cashier, user)
    assert balance("counter_cash", office=office.pk) == 0 and balance("counter_cash", office=other.pk) == 0
    assert treasurer_cash_of(office.pk) == 150_000 and treasurer_cash_of(other.pk) == 0 and billing.check_money().ok


def deposit(office, account, user, amount=150_000, token=TOKEN):
    return actions.deposit(office=office, amount=Decimal(amount), account=account, token=token, by=user, now=NOW)


def test_a_deposit_goes_on_its_way_under_a_number_once(issue, shift, cashier, user, office, account):
    in_treasury(issue(), cashier, user)
    made, again = deposit(office, account, user, 100_000), deposit(office, account, user, 100_000)
    assert made.reference == "STS-2026-00001" and again.pk == made.pk
    assert treasurer_cash_of(office.pk) == 50_000 and balance("transit") == 100_000 and made.unsettled == 100_000


def test_nobody_deposits_more_than_is_held(issue, shift, cashier, user, office, account):
    in_treasury(issue(), cashier, user)
    with pytest.raises(DepositTooLarge):
        deposit(office, account, user, 150_001)
    assert not Receipt.objects.filter(channel="deposit").exists() and treasurer_cash_of(office.pk) == 150_000


def test_the_database_refuses_a_deposit_of_what_is_not_held(issue, shift, cashier, user, office, account):
    in_treasury(issue(), cashier, user)
    with pytest.raises(IntegrityError, match="more is deposited"), transaction.atomic():
        billing.receive(
            channel="deposit", source="x", bill_id=None, amount=Decimal(150_001), reference="STS", happened_at=NOW, now=NOW,
            account=account, office=office,
        )
    assert treasurer_cash_of(office.pk) == 150_000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_deposits_at_once_one_is_refused(issue, shift, cashier, user, office, account):
    in_treasury(issue(), cashier, user)
    refused, made = [], []

    def run(token):
        try:
            made.append(deposit(office, account, user, 150_000, token))
        except DepositTooLarge as broken:
            refused.append(broken)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(letter * 32,)) for letter in "ab"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == len(refused) == 1 and treasurer_cash_of(office.pk) == 0


@pytest.mark.parametrize(
    ("text", "is_found"), [("SETOR TUNAI STS-2026-00001 BENDAHARA", True), ("SETORAN TUNAI TELLER", False)]
)
def test_the_bank_line_of_a_deposit_is_found_by_its_number_alone(
    issue, shift, cashier, user, office, account, text, is_found
):
    """By its amount alone a deposit that was never made could be the money of a stranger; then a second person looks at it."""
    in_treasury(issue(), cashier, user)
    made = deposit(office, account, user)
    data = mt940_text([Transfer(day=TODAY, amount=150_000, text=text)], account=account.number).encode()
    taken = billing.take_statement(data, file_name="a.sta", account=None, by=None, now=NOW)
    made.refresh_from_db()
    assert (taken.listed == 0, made.unsettled == 0, balance("transit") == 0) == (is_found,) * 3 and billing.check_money().ok
    line = StatementLine.objects.get()
    assert is_found or made in queries.receipts_for(line, None)


def test_of_two_deposits_of_one_amount_the_line_without_a_number_is_listed(issue, shift, cashier, user, office, account):
    in_treasury(issue(), cashier, user)
    deposit(office, account, user, 75_000)
    deposit(office, account, user, 75_000, "b" * 32)
    data = mt940_text([Transfer(day=TODAY, amount=75_000, text="SETORAN TUNAI")], account=account.number).encode()
    assert billing.take_statement(data, file_name="a.sta", account=None, by=None, now=NOW).listed == 1
    assert balance("transit") == 150_000


# The pages.


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def browser_of(person, permissions):
    from django.test import Client

    role = Role.objects.create(code=f"r{person.pk}", title="Peran", permissions=permissions, is_staff=True)
    Grant.objects.create(user=person, role=role, valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def counter(clock, cashier, office):
    return browser_of(cashier, ["billing.take_cash"])


@pytest.fixture
def treasury(clock, user):
    return browser_of(user, ["billing.view_desk", "billing.take_statement"])


def at(name, *args):
    return reverse(f"billing:{name}", args=args)


def test_a_day_at_the_counter_goes_from_page_to_page(counter, treasury, issue, office, account):
    bill = issue()
    assert "Buka giliran" in counter.get(at("counter")).content.decode()
    counter.post(at("counter"), {"office": "dishub", "counter": "Loket 1", "float_amount": "200.000"})
    found = counter.get(at("counter"), {"q": "siti"}).content.decode()
    assert at("take", bill.number) in found
    assert counter.get(at("counter"), {"q": bill.grouped_code}).url == at("take", bill.number)
    assert counter.get(at("counter"), {"q": f"https://contoh.invalid/tagihan/{bill.number}"}).url == at("take", bill.number)
    page = counter.get(at("take", bill.number))
    token = page.context["form"].initial["token"]
    form = {"amount": 150_000, "paid": 0, "token": token, "tendered": "Rp 200.000"}
    slip = counter.post(at("take", bill.number), form)
    assert slip.status_code == 302 and counter.post(at("take", bill.number), form).url == slip.url
    text = counter.get(slip.url).content.decode()
    assert "Rp\u00a050.000" in text and "slip-80mm.css" in text and "Siti Contohwati" in text
    assert "slip-a5.css" in counter.get(f"{slip.url}?kertas=a5").content.decode()
    assert counter.post(at("close"), {"n100000": 3}).status_code == 422
    done = counter.post(at("close"), {"n100000": 3, "n50000": 1})
    assert counter.post(done.url).status_code == 302
    given = HandOver.objects.get()
    assert at("accept", given.pk) in treasury.get(at("counter_cash")).content.decode()
    assert treasury.post(at("accept", given.pk), {"counted": "150.000"}).url == at("counter_cash")
    page = treasury.get(at("counter_cash"))
    token = page.context["held"][0]["form"].initial["token"]
    form = {"deposit": 1, "office": "dishub", "amount": "150.000", "account": account.pk, "token": token}
    refused = treasury.post(at("counter_cash"), form | {"amount": "150.001"})
    assert refused.status_code == 409 and not Receipt.objects.filter(channel="deposit").exists()
    treasury.post(at("counter_cash"), form)
    assert "STS-2026-00001" in treasury.get(at("counter_cash")).content.decode()
    assert billing.check_money().ok


def test_too_little_money_is_said_beside_the_field_and_nothing_is_taken(counter, issue, shift):
    bill = issue()
    answer = counter.post(at("take", bill.number), {"amount": 150_000, "paid": 0, "token": TOKEN, "tendered": "100.000"})
    assert answer.status_code == 422 and "Rp\u00a050.000" in answer.content.decode() and not Receipt.objects.exists()


def test_who_takes_no_cash_does_not_reach_the_counter(treasury, issue, shift):
    bill = issue()
    assert treasury.get(at("counter")).status_code == 403
    answer = treasury.post(at("take", bill.number), {"amount": 150_000, "paid": 0, "token": TOKEN, "tendered": 150_000})
    assert answer.status_code == 403 and not Receipt.objects.exists()


def test_a_shift_of_another_cashier_does_not_exist(counter, office, user):
    actions.open_shift(office=office, counter="Loket 9", float_amount=Decimal(0), by=user, now=NOW)
    closing = actions.close_shift(notes={}, reason="", by=user, now=NOW)
    assert counter.get(at("shift", closing.shift_id)).status_code == 404


def test_the_treasurers_list_costs_the_same_queries_for_thirty_shifts(treasury, office, cashier, assert_queries):
    for _each in range(30):
        actions.open_shift(office=office, counter="Loket 1", float_amount=Decimal(0), by=cashier, now=NOW)
        actions.close_shift(notes={}, reason="", by=cashier, now=NOW)
    with assert_queries("billing:counter_cash", 30):
        assert treasury.get(at("counter_cash")).status_code == 200


@pytest.mark.django_db
def test_the_cashier_chooses_the_next_instalment_or_everything(client, shift, cashier, office, issue, account, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    role = Role.objects.create(code="uji-kasir", title="Kasir", permissions=["billing.take_cash"], is_staff=True)
    Grant.objects.create(user=cashier, role=role, office=office, valid_from=date(2026, 1, 1))
    client.force_login(cashier)
    bill = issue()
    actions.plan_instalments(
        bill_id=bill.pk, parts=[(TODAY, Decimal(50_000)), (date(2027, 1, 1), Decimal(100_000))], decision_number="1", by=cashier,
        now=NOW,
    )
    address = reverse("billing:take", args=[bill.number])
    assert client.get(address).context["chosen"].amount == 50_000
    assert client.get(address, {"bayar": "semua"}).context["chosen"].amount == 150_000
    done = client.post(address, {"amount": "50000", "paid": "0", "tendered": "50000", "token": TOKEN})
    assert done.status_code == 302 and billing.standing(bill).remaining == 100_000
    slip = client.get(done.url)
    # Nobody is appointed who may sign here: the slip is printed all the same and says where the proof will be.
    assert slip.status_code == 200 and "Bukti bertanda tangan akan tersedia" in slip.content.decode()
