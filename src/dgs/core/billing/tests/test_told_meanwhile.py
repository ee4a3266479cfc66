"""A payer tells of a transfer at the very moment its statement is imported: one of both sees the other, and the bill is paid."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.actions import confirming, statements
from dgs.core.billing.models import Confirmation, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY

NUMBER = "AB1234567890"


def in_turn(monkeypatch, module, name, first, second):
    """Run `first` up to the end of its call of `name`, then start `second`, and let both end."""
    inside, go, real = threading.Event(), threading.Event(), getattr(module, name)
    failed = []

    def slow(*args, **more):
        answer = real(*args, **more)
        inside.set()
        go.wait(8)
        return answer

    def run(act):
        try:
            act()
        except Exception as error:  # shown by the test, not lost with the thread
            failed.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(module, name, slow)
    threads = [threading.Thread(target=run, args=(act,)) for act in (first, second)]
    threads[0].start()
    assert inside.wait(5)
    monkeypatch.setattr(module, name, real)
    threads[1].start()
    threads[1].join(0.5)  # it waits for the first, or is through without having seen it
    go.set()
    for one in threads:
        one.join(10)
    assert not failed


@pytest.fixture
def both(issue, account):
    """What is told of a bill's transfer, and the import of the line that brings it, as two acts."""
    bill = issue()
    text = mt940_text([Transfer(day=TODAY, amount=150_000, text=f"TRF {NUMBER}")], account=account.number).encode()

    def tell():
        actions.confirm_transfer(
            bill=bill, transfer_number=NUMBER, transferred_at=NOW - timedelta(hours=1), amount=Decimal(150_000), channel="web",
            now=NOW,
        )

    def take():
        billing.take_statement(text, file_name="a", account=None, by=None, now=NOW)

    return bill, tell, take


def assert_paid(bill):
    assert billing.standing(bill).state == "paid" and Confirmation.objects.get().outcome == "found"
    assert StatementLine.objects.get().rest == 0 and billing.check_money().ok


@pytest.mark.django_db(transaction=True)
def test_what_is_told_while_the_statement_is_written_finds_its_line(both, monkeypatch):
    bill, tell, take = both
    in_turn(monkeypatch, statements, "_judge", take, tell)
    assert_paid(bill)


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_comes_while_something_is_told_finds_it(both, monkeypatch):
    bill, tell, take = both
    in_turn(monkeypatch, confirming, "_line_of", tell, take)
    assert_paid(bill)


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_waits_while_something_is_told_answers_it(issue, account, monkeypatch):
    """The bank's message waits for the bill while its payer tells of the transfer: the payer is answered by the payment."""
    bill = issue()

    def tell():
        actions.confirm_transfer(
            bill=bill, transfer_number=NUMBER, transferred_at=NOW - timedelta(hours=1), amount=Decimal(150_000), channel="web",
            now=NOW,
        )

    def pay():
        billing.receive(
            channel="va", source="one", bill_id=None, code=bill.payment_code, amount=Decimal(150_000), reference="R1",
            happened_at=NOW, account=account, strict=True, now=NOW,
        )

    in_turn(monkeypatch, confirming, "_line_of", tell, pay)
    assert billing.standing(bill).state == "paid" and Confirmation.objects.get().outcome == "found"
