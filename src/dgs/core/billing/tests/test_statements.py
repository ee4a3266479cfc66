"""Taking statements: matching, the work list, files that repeat or overlap, and two at once."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.codes import grouped
from dgs.core.billing.errors import (
    BillAmountWrong,
    BillCancelled,
    BillFullyPaid,
    LineOutgoing,
    LineSettled,
    NoteMissing,
    StatementRefused,
)
from dgs.core.billing.models import BankAccount, Payment, Statement, StatementLine
from dgs.core.billing.queries import check_money, worklist, worklist_counts
from dgs.core.billing.simulator import Transfer, csv_text, mt940_text, simulate_transfer
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY


def take(*transfers, account=None, writer=mt940_text, **how):
    text = writer(list(transfers), account=NUMBER, **how)
    return billing.take_statement(text.encode(), file_name="mutasi.sta", account=account, by=None, now=NOW)


def money(amount, text, **more):
    return Transfer(day=TODAY, amount=amount, text=text, **more)


@pytest.fixture
def bill(issue, account):
    return issue()


def nothing_taken():
    return not Statement.objects.exists() and not StatementLine.objects.exists() and not Payment.objects.exists()


@pytest.mark.parametrize("format", ["mt940", "csv"])
def test_a_transfer_with_code_and_amount_pays_the_bill_and_says_so_once(bill, paid_events, format):
    file = simulate_transfer(bill, NOW, format=format)
    taken = billing.take_statement(file.data, file_name=file.file_name, account=None, by=None, now=NOW)
    assert (taken.lines_new, taken.lines_known, taken.matched, taken.listed) == (1, 0, 1, 0)
    assert billing.standing(bill).state == "paid"
    payment = Payment.objects.get()
    assert (payment.amount, payment.rule, payment.paid_on) == (150_000, "code-and-amount", TODAY)
    assert [(e.bill_id, e.about) for e in paid_events] == [(bill.pk, bill.about)]
    assert check_money().ok


def test_the_same_bytes_twice_are_one_statement(bill, paid_events):
    file = simulate_transfer(bill, NOW)
    first = billing.take_statement(file.data, file_name="a", account=None, by=None, now=NOW)
    again = billing.take_statement(file.data, file_name="b", account=None, by=None, now=NOW + timedelta(days=1))
    assert again.statement == first.statement and again.is_known
    assert (again.lines_new, again.lines_known) == (0, 1)
    assert Payment.objects.count() == len(paid_events) == 1


def test_overlapping_files_repeat_no_line_and_equal_lines_of_a_day_stay_two(bill, paid_events):
    same = money(5000, "SUMBANGAN")
    first = take(same, money(150_000, bill.payment_code))
    second = take(same, money(150_000, bill.payment_code), same, money(7000, "LAIN"))
    assert (first.lines_new, second.lines_new, second.lines_known) == (2, 2, 2)
    assert StatementLine.objects.filter(text="SUMBANGAN").count() == 2
    assert len(paid_events) == 1
    assert check_money().money_in == 167_000


@pytest.mark.parametrize(
    ("amount", "finding"), [(149_999, "too-little"), (150_001, "too-much"), (1, "too-little"), (-150_000, "outgoing")]
)
def test_a_wrong_amount_is_listed_with_its_bill_and_pays_nothing(bill, paid_events, amount, finding):
    taken = take(money(amount, f"BAYAR {bill.payment_code}"))
    line = StatementLine.objects.get()
    assert (line.finding, line.finding_bill, taken.listed) == (finding, bill, 1)
    assert billing.standing(bill).state == "open"
    assert not paid_events and list(worklist()) == [line]


def test_unknown_code_second_payment_cancelled_bill_and_reversal_are_listed(issue, account, paid_events):
    paid, cancelled = issue(), issue(about="tests.thing:2")
    billing.cancel_bill(bill=cancelled, reason="Dicabut", by=None, now=NOW)
    wrong = f"{paid.payment_code[:-1]}{(int(paid.payment_code[-1]) + 1) % 10}"
    take(
        money(150_000, wrong), money(150_000, "tanpa kode"), money(150_000, paid.payment_code),
        money(150_000, f"LAGI {paid.payment_code}"), money(150_000, cancelled.payment_code),
        money(-150_000, f"KOREKSI {paid.payment_code}", mark="RC"),
    )
    findings = list(StatementLine.objects.order_by("pk").values_list("finding", flat=True))
    assert findings == ["unknown-code", "unknown-code", "matched", "already-paid", "cancelled", "reversal"]
    assert len(paid_events) == 1
    assert {row["finding"]: row["count"] for row in worklist_counts()}["unknown-code"] == 2
    assert check_money().ok


def test_two_codes_in_one_transfer_are_listed_not_guessed(issue, account):
    first, second = issue(), issue(about="tests.thing:2")
    take(money(300_000, f"{first.payment_code} DAN {second.payment_code}"))
    assert StatementLine.objects.get().finding == "many-codes"
    assert not Payment.objects.exists()


def test_a_number_that_only_looks_like_a_second_code_does_not_stop_a_match(bill):
    take(money(150_000, f"REF 990000000000001 KODE {grouped(bill.payment_code)}"))
    assert billing.standing(bill).state == "paid"


@pytest.mark.parametrize(
    "text",
    [
        mt940_text([money(1, "X")], account=NUMBER, currency="USD"),
        mt940_text([money(1, "X")], account="9999"),
        mt940_text([money(1, "X"), money(2, "Y")], account=NUMBER).replace("C2,00", "C2.00"),
        mt940_text([Transfer(day=date(2099, 1, 1), amount=1, text="X")], account=NUMBER),
        csv_text([Transfer(day=date(1900, 1, 1), amount=1, text="X")], account=NUMBER),
        csv_text([money(1, "X")], account="9999000099"),
        csv_text([money(1, "X")], account=NUMBER).replace("Mata Uang;IDR", "Mata Uang;SGD"),
        csv_text([money(1, "X"), money(2, "Y")], account=NUMBER).replace("2,00;", "dua;"),
    ],
)
def test_a_file_that_is_wrong_anywhere_imports_nothing(bill, account, text, paid_events):
    with pytest.raises(StatementRefused):
        billing.take_statement(text.encode(), file_name="a", account=account, by=None, now=NOW)
    assert nothing_taken() and not paid_events


def test_a_file_without_account_number_needs_the_account_to_be_chosen(bill, account):
    BankAccount.objects.create(bank="Bank Lain", number="777", holder="RKUD (contoh)")
    text = "Tanggal;Keterangan;Debet;Kredit\n23/11/2026;" + bill.payment_code + ";;150.000,00\n"
    with pytest.raises(StatementRefused):
        billing.take_statement(text.encode(), file_name="a.csv", account=None, by=None, now=NOW)
    assert nothing_taken()
    assert billing.take_statement(text.encode(), file_name="a.csv", account=account, by=None, now=NOW).matched == 1


def test_a_handler_that_fails_takes_the_whole_statement_back(bill, monkeypatch):
    from dgs.kernel import registry

    def fail(event):
        raise RuntimeError("no")

    monkeypatch.setattr(registry, "handlers", lambda event: [fail])
    with pytest.raises(RuntimeError):
        take(money(150_000, bill.payment_code))
    assert nothing_taken()


def test_a_too_small_transfer_can_be_accepted_and_the_remainder_then_matches_by_itself(bill, user, paid_events):
    take(money(100_000, bill.payment_code))
    line = StatementLine.objects.get()
    payment = billing.assign_line(line_id=line.pk, bill=bill, note="Pembayaran sebagian diterima", by=user, now=NOW)
    line.refresh_from_db()
    assert (payment.amount, payment.rule, payment.matched_by) == (100_000, "assigned", user)
    assert line.rest == 0 and billing.standing(bill).state == "part" and not paid_events
    take(money(50_000, f"SISA {bill.payment_code}"))
    assert Payment.objects.order_by("pk").last().rule == "code-and-remaining"
    assert billing.standing(bill).state == "paid" and len(paid_events) == 1


def test_of_a_too_large_transfer_only_what_is_owed_is_taken_and_the_rest_stays_listed(bill, user, paid_events):
    take(money(200_000, bill.payment_code))
    line = StatementLine.objects.get()
    billing.assign_line(line_id=line.pk, bill=bill, note="Lebih bayar, sisa dikembalikan", by=user, now=NOW)
    assert billing.standing(bill).state == "paid" and len(paid_events) == 1
    assert worklist().get().rest == 50_000
    actions.settle_line(line_id=line.pk, outcome="returned", note="Sisa dikembalikan dengan SP2D", by=user, now=NOW)
    assert not worklist().exists()
    check = check_money()
    assert check.ok and (check.applied, check.settled, check.listed) == (150_000, 50_000, 0)


def test_one_transfer_can_be_spread_over_two_bills(issue, account, user, paid_events):
    first, second = issue(), issue(about="tests.thing:2")
    take(money(300_000, f"{first.payment_code} {second.payment_code}"))
    line = StatementLine.objects.get()
    for bill in (first, second):
        billing.assign_line(line_id=line.pk, bill=bill, note="Satu transfer untuk dua tagihan", by=user, now=NOW)
    assert [billing.standing(bill).state for bill in (first, second)] == ["paid", "paid"]
    assert not worklist().exists() and len(paid_events) == 2


def test_decisions_that_cannot_be_are_refused_and_change_nothing(issue, account, user, paid_events):
    bill, cancelled, paid = (issue(about=f"tests.thing:{n}") for n in range(3))
    billing.cancel_bill(bill=cancelled, reason="Dicabut", by=None, now=NOW)
    take(money(150_000, paid.payment_code), money(150_000, "?"), money(-1, "KELUAR"))
    before = Payment.objects.count()
    incoming, outgoing = StatementLine.objects.get(text="?"), StatementLine.objects.get(text="KELUAR")

    def assign(line=incoming, to=bill, note="alasan", **more):
        return billing.assign_line(line_id=line.pk, bill=to, note=note, by=user, now=NOW, **more)

    for refusal, act in [
        (NoteMissing, lambda: assign(note=" ")), (LineOutgoing, lambda: assign(outgoing)),
        (BillCancelled, lambda: assign(to=cancelled)), (BillFullyPaid, lambda: assign(to=paid)),
        (BillAmountWrong, lambda: assign(amount=150_001)), (BillAmountWrong, lambda: assign(amount=0)),
        (BillAmountWrong, lambda: assign(amount=Decimal("1.5"))),
        (NoteMissing, lambda: actions.settle_line(line_id=incoming.pk, outcome="returned", note="", by=user, now=NOW)),
    ]:
        with pytest.raises(refusal):
            act()
    assert Payment.objects.count() == before and worklist().count() == 2
    actions.settle_line(line_id=incoming.pk, outcome="returned", note="Dikembalikan", by=user, now=NOW)
    with pytest.raises(LineSettled):
        assign()
    assert Payment.objects.count() == before and len(paid_events) == 1


def test_fractions_of_rupiah_from_the_bank_are_kept_and_listed(bill, user):
    take(money(Decimal("1234.56"), "JASA GIRO"))
    line = worklist().get()
    assert line.amount == Decimal("1234.56")
    billing.assign_line(line_id=line.pk, bill=bill, note="uji sen", by=user, now=NOW)
    assert worklist().get().rest == Decimal("0.56")
    assert check_money().ok


@pytest.mark.django_db(transaction=True)
def test_of_two_uploads_at_once_with_lines_for_one_bill_only_one_line_pays(issue, account, paid_events):
    bill = issue()
    files = [
        mt940_text([money(150_000, f"{n} {bill.payment_code}")], account=NUMBER).encode()
        for n in ("SATU", "DUA", "TIGA", "EMPAT")
    ]
    start = threading.Barrier(len(files))
    errors = []

    def upload(data):
        try:
            start.wait()
            billing.take_statement(data, file_name="a.sta", account=account, by=None, now=NOW)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload, args=(data,)) for data in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(StatementLine.objects.values_list("finding", flat=True)) == ["already-paid"] * 3 + ["matched"]
    assert Payment.objects.count() == 1 and len(paid_events) == 1 and check_money().ok


@pytest.mark.django_db(transaction=True)
def test_two_treasurers_who_assign_one_line_at_once_apply_it_once(issue, account, user, paid_events):
    bills = [issue(about=f"tests.thing:{n}") for n in range(4)]
    take(money(150_000, "tanpa kode"))
    line = StatementLine.objects.get()
    start = threading.Barrier(4)
    refused = []

    def assign(bill):
        try:
            start.wait()
            billing.assign_line(line_id=line.pk, bill=bill, note="milik tagihan ini", by=user, now=NOW)
        except LineSettled as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=assign, args=(bill,)) for bill in bills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert Payment.objects.count() == 1 and len(paid_events) == 1 and check_money().ok


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_with_a_case_being_withdrawn_is_tried_again(issue, account, monkeypatch, paid_events):
    from django.db import OperationalError

    from dgs.core.billing.actions import statements
    from dgs.kernel import deadlocks

    bill = issue()
    real, tries = statements._judge, []

    def first_time_deadlocked(*args):
        tries.append(1)
        if len(tries) == 1:
            cause = Exception()
            cause.sqlstate = deadlocks.DEADLOCK
            raise OperationalError("deadlock detected") from cause
        return real(*args)

    monkeypatch.setattr(statements, "_judge", first_time_deadlocked)
    assert take(money(150_000, bill.payment_code)).matched == 1
    assert len(tries) == 2 and len(paid_events) == 1
