"""Channel money that pays its bill at once is one entry of the ledger; everything else about receipts has entries of its own."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.models import Payment, Receipt
from dgs.core.billing.tests.conftest import NOW, TODAY, balance
from dgs.core.ledger.actions import close_period
from dgs.core.ledger.models import Entry, Posting

REVENUE = "4.1.02.03.03.0001"
PENALTY = "4.1.04.15.01.0001"
BOTH = """
WITH r AS (
  INSERT INTO billing_receipt (source, channel, bill_id, account_id, amount, reference, text, happened_at, happened_on,
                               received_at, unapplied, unsettled)
  VALUES ('tests:1', 'va', %(bill)s, %(account)s, 150000, 'R', '', %(now)s, %(day)s, %(now)s, 150000, 150000) RETURNING id)
INSERT INTO billing_payment (bill_id, receipt_id, channel, amount, principal, penalty, excess, rule, why, note, paid_on,
                             matched_at)
SELECT %(bill)s, r.id, 'va', part, part, 0, 0, 'code-and-amount', '{}', '', %(paid_on)s, %(now)s
FROM r, unnest(%(parts)s::int[]) AS part
"""


def receive(bill, amount, **more):
    values = {
        "channel": "va", "source": "tests:1", "bill_id": bill.pk if bill else None, "amount": Decimal(amount), "reference": "R1",
        "happened_at": NOW, "now": NOW,
    }
    return billing.receive(**values | more)


def write_both(bill, account, *parts, paid_on=TODAY):
    """A receipt of 150,000 and payments of it, in one statement, as no act of ours writes them."""
    values = {"bill": bill.pk, "account": account.pk, "now": NOW, "day": TODAY, "paid_on": paid_on, "parts": list(parts)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BOTH, values)


def books():
    """What was booked of money, in order: (kind, source, {(account, revenue, office): rupiah})."""
    found = []
    for entry in Entry.objects.exclude(kind__in=("bill", "closing")).order_by("pk"):
        sides = {(one.account_id, one.revenue, one.office_id): int(one.amount) for one in entry.postings.all()}
        found.append((entry.kind, entry.source, sides))
    return found


def test_a_payment_by_a_channel_is_one_entry_named_by_its_receipt(issue, account, office):
    bill = issue(kind="retribution", due_on=TODAY - timedelta(days=40))
    done = receive(bill, 153_000, account=account, strict=True)
    sides = {
        ("transit", "", office.pk): 153_000, ("receivable", REVENUE, office.pk): -150_000,
        ("penalty", PENALTY, office.pk): -3_000,
    }
    assert books() == [("income", done.receipt_id, sides)]
    entry = Entry.objects.get(kind="income")
    assert (entry.booked_on, entry.at, entry.text) == (TODAY, NOW, "va R1")
    assert set(entry.postings.values_list("channel", flat=True)) == {"va"} and billing.check_money().ok


def test_cash_lies_in_the_drawer_of_the_shift_and_pays_the_bill_of_another_office(issue, account, office, user):
    other = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=user, now=NOW)
    cash = actions.take_cash(
        bill_id=issue(office=other).pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW
    ).receipt
    sides = {("counter_cash", "", office.pk): 150_000, ("receivable", REVENUE, other.pk): -150_000}
    assert books() == [("income", cash.pk, sides)] and billing.check_money().ok


def test_money_that_fits_no_bill_stands_alone_until_it_is_applied(issue, account, office, user):
    done = receive(None, 150_000, channel="qris", account=account)
    assert books() == [("receipt", done.receipt_id, {("transit", "", None): 150_000, ("unidentified", "", None): -150_000})]
    actions.assign_receipt(receipt_id=done.receipt_id, bill=issue(), note="dari struk", by=user, now=NOW)
    kind, source, sides = books()[1]
    assert (kind, source) == ("payment", Payment.objects.get().pk)
    assert sides == {("unidentified", "", office.pk): 150_000, ("receivable", REVENUE, office.pk): -150_000}
    assert billing.check_money().ok


def test_withdrawn_the_payment_and_the_receipt_go_back_each_by_its_own_entry(issue, account):
    bill = issue()
    receive(bill, 150_000, account=account)
    billing.withdraw(source="tests:1", reason="dana dikembalikan", now=NOW)
    assert [kind for kind, _source, _sides in books()] == ["income", "payment", "receipt"]
    assert balance("transit") == balance("unidentified") == 0 and balance("receivable") == 150_000 and billing.check_money().ok


def test_of_a_closed_day_it_is_booked_on_the_first_open_one(issue, account, user):
    bill = issue(now=NOW - timedelta(days=20))
    close_period(kind="day", through=TODAY - timedelta(days=4), note="tutup harian", now=NOW, by=user)
    receive(bill, 150_000, account=account, happened_at=NOW - timedelta(days=5))
    entry = Entry.objects.get(kind="income")
    assert entry.booked_on == TODAY - timedelta(days=3) and not Posting.objects.filter(entry__kind="payment").exists()
    assert billing.check_money().ok


def test_what_a_payment_written_with_its_receipt_leaves_of_it_is_listed(issue, account, office):
    write_both(issue(), account, 100_000)
    sides = {
        ("transit", "", office.pk): 150_000, ("unidentified", "", office.pk): -50_000,
        ("receivable", REVENUE, office.pk): -100_000,
    }
    assert books() == [("income", Receipt.objects.get().pk, sides)]
    assert Receipt.objects.get().unapplied == 50_000 and billing.check_money().ok


def test_a_payment_of_another_day_than_its_receipt_has_an_entry_of_its_own(issue, account):
    write_both(issue(), account, 150_000, paid_on=TODAY - timedelta(days=1))
    assert sorted(kind for kind, _source, _sides in books()) == ["payment", "receipt"] and billing.check_money().ok


def test_two_payments_written_with_one_receipt_are_refused(issue, account):
    """Which of the two the receipt's entry would be of, nobody could say; no act writes them so."""
    bill = issue()
    with pytest.raises(IntegrityError):
        write_both(bill, account, 100_000, 50_000)
    assert not Receipt.objects.exists() and not Payment.objects.exists() and books() == []
