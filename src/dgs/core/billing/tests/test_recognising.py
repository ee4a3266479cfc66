"""Which bank line is which: overlapping, contiguous and repeated files, in any order, count each booking once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgs.core.billing import api as billing
from dgs.core.billing.models import Statement, StatementLine
from dgs.core.billing.queries import check_money
from dgs.core.billing.simulator import Transfer, csv_text, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY

X = Transfer(day=TODAY, amount=5000, text="SUMBANGAN")
OUT = Transfer(day=TODAY, amount=-5000, text="KELUAR")


def take(*transfers, writer=mt940_text, **how):
    text = writer(list(transfers), account=NUMBER, **how)
    return billing.take_statement(text.encode(), file_name="mutasi.sta", account=None, by=None, now=NOW)


def without_balances(transfers, *, account, opening=0):
    rows = csv_text(transfers, account=account, opening=opening).split("\r\n")
    return "\r\n".join([*rows[:3], *[row.rsplit(";", 1)[0] for row in rows[3:]]])


def count():
    return StatementLine.objects.filter(text="SUMBANGAN").count()


@pytest.mark.parametrize("writer", [mt940_text, csv_text])
def test_parts_of_a_day_that_go_on_from_each_other_hold_two_bookings(account, writer):
    assert take(X, writer=writer, opening=0).lines_new == 1
    assert take(X, writer=writer, opening=5000).lines_new == 1
    assert take(X, writer=writer, opening=10_000).lines_new == 1
    assert count() == 3 and check_money().money_in == 15_000


def test_parts_of_a_day_that_come_out_of_order_hold_all_their_bookings(account):
    for opening in (20_000, 0, 10_000, 15_000, 5000):
        assert take(X, opening=opening, number="1/1").lines_new == 1
    assert take(X, X, X, X, X).lines_new == 0
    assert count() == 5


@pytest.mark.parametrize("writer", [mt940_text, csv_text, without_balances])
def test_a_day_that_held_a_line_once_and_then_twice_has_two(account, writer):
    assert take(X, writer=writer).lines_new == 1
    again = take(X, X, writer=writer)
    assert (again.lines_new, again.lines_known) == (1, 1)
    assert take(X, replace(X, text="LAIN"), X, writer=writer).lines_new == 1
    assert count() == 2


def test_a_bank_that_lists_a_day_in_another_order_repeats_no_line(account):
    other = replace(X, amount=7000, text="LAIN")
    take(X, other, X)
    assert take(other, X, X, reference="LAGI").lines_new == 0
    assert count() == 2


def test_without_balances_the_count_of_the_day_is_all_there_is(account):
    take(X, writer=without_balances)
    assert take(X, replace(X, text="LAIN"), writer=without_balances).lines_new == 1
    assert count() == 1


def test_when_as_much_went_out_the_numbers_of_the_statements_tell_the_bookings_apart(account):
    take(X, OUT, opening=1000, number="7/1")
    take(replace(OUT, amount=-1, text="BIAYA"), opening=1000, number="8/1")
    take(replace(X, amount=1, text="BUNGA"), opening=999, number="9/1")
    assert count() == 1
    take(X, OUT, X, opening=1000, number="7/1", reference="LAGI")
    assert count() == 2
    apart = take(X, opening=6000, number="10/1")
    assert apart.lines_new == 1


def test_statements_apart_by_number_and_balance_hold_two_at_the_same_balance(account):
    take(replace(OUT, amount=-2000, text="A"), X, OUT, opening=2000, number="7/1")
    assert Statement.objects.get().parts == [["7/1", "2000.00", "0.00"]]
    assert take(X, opening=0, number="7/1", reference="LAGI").lines_new == 0
    assert take(X, opening=0, number="8/1").lines_new == 1
    assert count() == 2


@pytest.mark.parametrize("before", [[], [Transfer(day=TODAY, amount=700, text="LAIN")]])
def test_an_account_swept_to_nought_within_the_day_keeps_the_line_of_each_statement(account, before):
    take(X, OUT, opening=0, number="1/1")
    second = [*before, X, replace(OUT, amount=-sum(t.amount for t in [*before, X]), text="SAPU")]
    assert take(*second, opening=0, number="2/1").lines_new == len(second)
    assert count() == 2 and check_money().money_in == 10_000 + sum(t.amount for t in before)
    again = take(*second, opening=0, number="2/1")
    assert again.is_known and count() == 2
    assert take(*second, opening=0, number="2/1", reference="LAGI").lines_new == 0
    assert count() == 2


def test_a_swept_day_whose_two_statements_say_the_very_same_keeps_both_lines(account):
    assert take(X, OUT, opening=0, number="1/1").lines_new == 2
    assert take(X, OUT, opening=0, number="2/1").lines_new == 2
    assert count() == 2
    for number in ("1/1", "2/1"):
        assert take(X, OUT, opening=0, number=number, reference="LAGI").lines_new == 0
    assert count() == 2 and check_money().money_in == 10_000


def test_two_messages_of_one_file_are_looked_at_one_after_the_other(account):
    first, second = (mt940_text([X], account=NUMBER, opening=o, number=n) for o, n in ((0, "1/1"), (5000, "1/2")))
    taken = billing.take_statement((first + second).encode(), file_name="a", account=None, by=None, now=NOW)
    assert taken.lines_new == 2
    repeated = billing.take_statement((first + first).encode(), file_name="b", account=None, by=None, now=NOW)
    assert repeated.lines_new == 0


def forget_balances():
    """What is there stands as it was taken before balances were kept."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE billing_statementline DISABLE TRIGGER USER")
        cursor.execute("UPDATE billing_statementline SET balance = NULL, part = NULL")
        cursor.execute("ALTER TABLE billing_statementline ENABLE TRIGGER USER")


def test_lines_taken_before_balances_were_kept_are_known_by_their_count(account):
    text = mt940_text([X, X], account=NUMBER).encode()
    billing.take_statement(text, file_name="a", account=None, by=None, now=NOW)
    forget_balances()
    assert take(X, X, X, opening=70_000).lines_new == 1


def test_a_line_taken_before_balances_were_kept_makes_one_line_of_a_file_known_and_not_one_in_each_message(account):
    take(X)
    forget_balances()
    first, second = (mt940_text([X], account=NUMBER, opening=o, number=n) for o, n in ((0, "1/1"), (5000, "1/2")))
    taken = billing.take_statement((first + second).encode(), file_name="a", account=None, by=None, now=NOW)
    assert (taken.lines_new, taken.lines_known) == (1, 1)
    assert count() == 2 and check_money().money_in == 10_000
    again = billing.take_statement((first + second + first).encode(), file_name="b", account=None, by=None, now=NOW)
    assert again.lines_new == 0 and count() == 2


AMOUNTS = st.sampled_from([5000, 5000, 5000, 7000])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_files_of_an_account_in_any_order_count_each_booking_once(account, data):
    """Overlapping, contiguous, repeated, with gaps: what is there afterwards is what the files together cover."""
    amounts = data.draw(st.lists(AMOUNTS, min_size=1, max_size=9))
    days = sorted(data.draw(st.lists(st.integers(0, 1), min_size=len(amounts), max_size=len(amounts))))
    ledger = [replace(X, day=TODAY - timedelta(days=1 - d), amount=a) for a, d in zip(amounts, days, strict=True)]
    before = [0, *accumulate(amounts)]
    edge = st.integers(0, len(ledger))
    windows = data.draw(st.lists(st.tuples(edge, edge).filter(lambda w: w[0] < w[1]), min_size=1, max_size=6))
    writer = data.draw(st.sampled_from([mt940_text, csv_text]))
    numbers = data.draw(st.sampled_from([{}, {"number": "1/1"}, None])) if writer is mt940_text else {}
    start = transaction.savepoint()
    for at, (first, last) in enumerate(windows):
        how = {"number": f"{at}/1"} if numbers is None else numbers
        take(*ledger[first:last], opening=before[first], writer=writer, **how)
    covered = [ledger[n] for n in sorted({n for first, last in windows for n in range(first, last)})]
    there = sorted(StatementLine.objects.values_list("booked_on", "amount"))
    money = check_money().money_in
    transaction.savepoint_rollback(start)
    assert there == sorted((t.day, Decimal(t.amount)) for t in covered)
    assert money == sum(t.amount for t in covered)
