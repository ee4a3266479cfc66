"""Tests of bills by SMS: told to the payer's number alone, transfers taken down once, what is missing asked for."""

from datetime import timedelta

import pytest
from django.apps import apps

from dgs.core.billing import api as billing
from dgs.core.billing.models import Confirmation
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY
from dgs.core.messaging.api import segments
from dgs.core.messaging.models import Inbound

PHONE, STRANGER = "6281234500001", "6281234500002"
WORDS = "FT26330ABC 23-11-2026 09:30"


@pytest.fixture
def ask(sms, account):
    def send(text, number=PHONE, now=NOW, **more):
        return sms(text, number=number, now=now, **more)

    return send


@pytest.fixture
def citizen(payer):
    return apps.get_model("accounts", "User").objects.create_user(
        username=PHONE, name="Siti Contohwati", password="rahasia-sekali-1", party=payer, phone=PHONE
    )


def pay(bill):
    text = mt940_text([Transfer(day=TODAY, amount=150_000, text=bill.payment_code)], account=NUMBER, opening=0)
    billing.take_statement(text.encode(), file_name="a", account=None, by=None, now=NOW)


def test_the_payers_number_is_told_amount_day_and_how_to_pay_in_one_sms(issue, ask, citizen):
    bill = issue()
    answer = ask(f"TAGIHAN {bill.number}")
    for part in (bill.number, "Rp 150.000", "23 Des 2026", billing.grouped(bill.payment_code), NUMBER):
        assert part in answer
    assert segments(answer)[0::2] == ("GSM-7", 1)
    assert ask(f"tagihan#{bill.payment_code}") == ask("TAGIHAN") == ask(f"tagihan {billing.grouped(bill.payment_code)}") == answer
    assert "due on" in ask(f"BILL {bill.number}")


def test_a_stranger_is_told_the_same_whether_there_is_such_a_bill_or_not(issue, ask, citizen):
    bill, paid = issue(), issue(about="tests.thing:2")
    pay(paid)
    answers = {ask(f"TAGIHAN {one}", STRANGER) for one in (bill.number, bill.payment_code, paid.number, "TGH-2026-999999")}
    assert len(answers) == 1
    (answer,) = answers
    assert not any(hidden in answer for hidden in ("TGH", "150", "Siti", "Izin"))
    assert "akun" in ask("TAGIHAN", STRANGER)
    told = {ask(f"BAYAR {one} {WORDS}", STRANGER) for one in (bill.number, paid.number, "TGH-2026-999999")}
    assert len(told) == 1 and "FT26330ABC" in told.pop()


def test_own_bills_are_listed_and_paid_ones_said_to_be_paid(issue, ask, citizen):
    bills = [issue(about=f"tests.thing:{n}") for n in range(5)]
    answer = ask("TAGIHAN")
    assert answer.startswith("5 tagihan") and bills[0].number in answer
    assert segments(answer).parts <= 2
    pay(bills[0])
    assert "lunas" in ask(f"TAGIHAN {bills[0].number}")


@pytest.mark.parametrize("text", ["TAGIHAN abc", "TAGIHAN 12", "TAGIHAN '; --", "TAGIHAN %s{x}", "TAGIHAN " + "9" * 1000])
def test_what_is_no_bill_is_said_to_be_none(ask, text):
    assert "TGH-2026-000123" in ask(text) or "terkonfirmasi" in ask(text)
    assert not Inbound.objects.filter(outcome="broken").exists()


def test_a_transfer_is_taken_down_once_however_often_it_is_sent(issue, ask, citizen):
    bill = issue()
    answer = ask(f"BAYAR {bill.number} {WORDS}", gateway_id="a")
    assert "FT26330ABC" in answer and "Rp 150.000" in answer
    ask(f"BAYAR {bill.number} {WORDS}", gateway_id="a")
    ask(f"BAYAR {bill.number} {WORDS}", gateway_id="b", now=NOW + timedelta(minutes=1))
    one = Confirmation.objects.get()
    assert (one.channel, one.contact, one.amount, one.transfer_number) == ("sms", PHONE, 150_000, "FT26330ABC")
    assert one.transferred_at == NOW - timedelta(minutes=30)


def test_what_is_missing_is_asked_for_one_after_the_other(issue, ask, citizen):
    issue(), issue(about="tests.thing:2")
    bill = issue(about="tests.thing:3")
    assert "TGH-2026-000123" in ask("BAYAR")
    assert "nomor transfer" in ask(bill.payment_code)
    assert "Tanggal" in ask("ft 26330 abc")
    assert "Tidak ada tanggal 31-02-2026" in ask("31-02-2026")
    assert "Jam" in ask("23-11-2026")
    assert "tidak mungkin" in ask("23:50")
    assert bill.number in ask("22-11-2026 23:50")
    assert Confirmation.objects.get().bill == bill


def test_the_only_open_bill_need_not_be_named(issue, ask, citizen):
    bill = issue()
    assert bill.number in ask(f"BAYAR {WORDS}")


def test_two_bills_in_one_text_are_refused(issue, ask, citizen):
    one, two = issue(), issue(about="tests.thing:2")
    assert "Satu tagihan" in ask(f"BAYAR {one.number} {two.number} {WORDS}")
    assert one.number in ask(f"{one.number} {WORDS}")


def test_a_forged_sender_changes_nothing_that_was_told_signed_in(issue, ask, citizen):
    bill = issue()
    Confirmation.objects.create(
        bill=bill, channel="web", transfer_number="ASLI1", transferred_at=NOW, transferred_on=TODAY, amount=1, at=NOW, by=citizen
    )
    assert "ASLI1" in ask(f"BAYAR {bill.number} {WORDS}")
    assert "ASLI1" not in ask(f"BAYAR {bill.number} {WORDS}", STRANGER)
    assert Confirmation.objects.get(answered_at=None).transfer_number == "ASLI1"


def test_transfers_of_one_number_are_counted(issue, ask, citizen):
    bill = issue()
    answers = [ask(f"BAYAR {bill.number} FT00{n:03} 23-11-2026 09:30", now=NOW + timedelta(minutes=7 * n)) for n in range(22)]
    assert "Terlalu banyak" in answers[-1]
    assert Confirmation.objects.count() == 20


def test_who_has_told_of_a_transfer_is_not_asked_to_pay_again(issue, ask, citizen):
    bill = issue()
    ask(f"BAYAR {bill.number} FT26330ABC 22-11-2026 14:30")
    answer = ask("TAGIHAN")
    assert "jangan bayar lagi" in answer and "FT26330ABC" in answer and bill.payment_code not in answer.replace(" ", "")
