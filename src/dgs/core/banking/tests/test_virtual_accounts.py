"""Tests of virtual accounts: the decision table for billers, hostile input, repeats, and 64 copies of one payment at once."""

import json
import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgs.core.banking.models import Message
from dgs.core.banking.tests.conftest import money
from dgs.core.banking.tests.test_arrivals import code, now
from dgs.core.billing import api as billing
from dgs.core.billing.models import Payment, Receipt
from dgs.core.billing.simulator import simulate_transfer
from dgs.kernel import keeping

pytestmark = pytest.mark.django_db


def data(answer):
    return answer.json()["virtualAccountData"]


def test_a_payment_of_what_is_owed_pays_the_bill(bank, token, bill, client, account):
    answer = bank.payment(token, bill.payment_code, 150_000, now(), request_id="P1").by(client)
    assert code(answer) == "2002500" and data(answer)["paymentFlagStatus"] == "00"
    assert data(answer)["paidAmount"]["value"] == "150000.00" and data(answer)["billDetails"][0]["billNo"] == bill.number
    assert billing.standing(bill).state == "paid"
    receipt = Receipt.objects.get()
    assert (receipt.source, receipt.channel, receipt.account) == ("banking.va:bank-contoh:P1", "va", account)
    assert billing.check_money().ok


def test_an_unknown_number_is_answered_12_and_nothing_is_received(bank, token, bill, client):
    wrong = str(int(bill.payment_code) + 97)
    for number in (wrong, "1", "9" * 20):
        answer = bank.inquiry(token, number, now()).by(client)
        assert code(answer) == "4042412" and data(answer)["inquiryStatus"] == "01"
        answer = bank.payment(token, number, 150_000, now()).by(client)
        assert code(answer) == "4042512" and data(answer)["paymentFlagStatus"] == "01"
    assert not Receipt.objects.exists()


def test_the_number_of_another_bank_is_unknown(connect, bank, token, bill, client):
    other = type(bank)(**{**vars(bank), "service_id": "11111"})
    assert code(other.inquiry(token, bill.payment_code, now()).by(client)) == "4042412"
    assert code(other.payment(token, bill.payment_code, 150_000, now()).by(client)) == "4042512"
    assert not Receipt.objects.exists()


def test_a_paid_bill_is_answered_14(bank, token, bill, client):
    bank.payment(token, bill.payment_code, 150_000, now()).by(client)
    before = money()[:3]
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "4042414"
    assert code(bank.payment(token, bill.payment_code, 150_000, now()).by(client)) == "4042514"
    assert money()[:3] == before


def test_a_cancelled_bill_is_answered_19(bank, token, bill, client):
    billing.cancel_bill(bill=bill, reason="salah terbit", now=now())
    before = money()[:3]
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "4042419"
    assert code(bank.payment(token, bill.payment_code, 150_000, now()).by(client)) == "4042519"
    assert money()[:3] == before


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        (149_999, "4042513"), (150_001, "4042513"), (10**12 - 1, "4042513"), (10**12, "4042513"), (0, "4042513"),
        (-150_000, "4042513"),
        ({"value": "150000.50", "currency": "IDR"}, "4042513"), ({"value": "150000.00", "currency": "USD"}, "4042513"),
        ({"value": "150000", "currency": "IDR"}, "4002501"), ({"value": "150.000,00", "currency": "IDR"}, "4002501"),
        ({"value": 150000.0, "currency": "IDR"}, "4002501"), ({"value": "1e5", "currency": "IDR"}, "4002501"),
        ({"value": "NaN", "currency": "IDR"}, "4002501"), ({"value": "9" * 500 + ".00", "currency": "IDR"}, "4002501"),
        ({"value": "\u0661\u0665.00", "currency": "IDR"}, "4002501"), ({"value": "", "currency": "IDR"}, "4002502"),
        ({"value": "150000.00"}, "4002502"), ({"currency": "IDR"}, "4002502"),
        ({"value": "150000.00", "currency": "idr"}, "4002501"),
        ({"value": "150000.00", "currency": ["IDR"]}, "4002501"), ({}, "4002502"),
    ],
)
def test_no_other_amount_pays_the_bill(bank, token, bill, client, amount, wanted):
    before = money()[:3]
    assert code(bank.payment(token, bill.payment_code, amount, now()).by(client)) == wanted
    assert money()[:3] == before


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"paymentRequestId": None}, "4002502"), ({"paymentRequestId": ""}, "4002502"), ({"paymentRequestId": "  "}, "4002502"),
        ({"paymentRequestId": 5}, "4002501"), ({"paymentRequestId": "x" * 129}, "4002501"),
        ({"paymentRequestId": "a\x00b"}, "4002501"),
        ({"paymentRequestId": "\ud800"}, "4002501"), ({"paidAmount": None}, "4002502"), ({"paidAmount": "150000.00"}, "4002501"),
        ({"paidAmount": [1]}, "4002501"), ({"totalAmount": 5}, "4002501"), ({"customerNo": "12a"}, "4002501"),
        ({"customerNo": None}, "4002502"), ({"customerNo": 123456789012}, "4002501"), ({"partnerServiceId": "x"}, "4002501"),
        ({"virtualAccountNo": "   88899111111111111"}, "4002501"), ({"virtualAccountNo": {}}, "4002501"),
        ({"trxDateTime": "1900-01-01T00:00:00+07:00"}, "4002501"), ({"trxDateTime": "2099-01-01T00:00:00+07:00"}, "4002501"),
        ({"trxDateTime": "2026-02-30T00:00:00+07:00"}, "4002501"), ({"trxDateTime": "kemarin"}, "4002501"),
        ({"trxDateTime": 20260101}, "4002501"), ({"trxDateTime": "0001-01-01T00:00:00+14:00"}, "4002501"),
        ({"flagAdvise": "X"}, "4002501"), ({"referenceNo": "\n"}, "4002501"), ({"referenceNo": 10**40}, "4002501"),
    ],
)
def test_what_is_written_wrongly_is_answered_by_the_code_for_it(bank, token, bill, client, changes, wanted):
    before = money()
    answer = bank.payment(token, bill.payment_code, 150_000, now(), changes=changes).by(client)
    assert code(answer) == wanted and len(answer.json()["responseMessage"]) > 20
    assert money() == before


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"x"', b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 15_000, b'{"a":' * 3_000,
        b'{"a":' + b"9" * 9_000 + b"}",
        b"\xef\xbb\xbf{}", b"\xff", b"{}\x00", b'{"a":"\x00"}', b'{"a":1}{"b":2}', b"--", '{"a":"\u00e9"'.encode("latin-1"),
    ],
)
def test_what_is_no_plain_json_object_is_a_bad_request(bank, token, client, body):
    before = money()
    answer = bank.call("25", token, body, now()).by(client)
    assert code(answer) in {"4002500", "4002502"} and money() == before
    assert code(bank.call("24", token, body, now()).by(client)) in {"4002400", "4002402"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just("150000.00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("value"), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(
    ["partnerServiceId", "customerNo", "virtualAccountNo", "paymentRequestId", "paidAmount", "totalAmount", "trxDateTime",
     "referenceNo", "flagAdvise", "inquiryRequestId", "trxDateInit"]
)


@given(changes=st.dictionaries(members, anything, min_size=1, max_size=3), service=st.sampled_from(["24", "25", "26"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_of_any_type_ends_in_an_error_of_ours(bank, token, bill, client, changes, service):
    sent = bank.payment(token, bill.payment_code, 150_000, now(), changes={"inquiryRequestId": "I1"})
    body = json.dumps(json.loads(sent.body) | changes).encode()
    assert code(bank.call(service, token, body, now()).by(client))[:1] in "24"


def test_the_same_external_id_and_payment_again_is_18_with_the_first_result(bank, token, bill, client):
    options = {"request_id": "P1", "external_id": "71"}
    first = bank.payment(token, bill.payment_code, 150_000, now(), **options).by(client)
    before = money()
    for _time in range(2):
        again = bank.payment(token, bill.payment_code, 150_000, now(), **options).by(client)
        assert code(again) == "4042518" and data(again) == data(first)
    assert money() == before and Receipt.objects.count() == 1


def test_the_same_external_id_for_another_payment_or_service_is_a_conflict(bank, token, bill, issue, client):
    other = issue(about="tests.thing:2")
    bank.payment(token, bill.payment_code, 150_000, now(), external_id="71", request_id="P1").by(client)
    before = money()
    assert code(bank.payment(token, other.payment_code, 150_000, now(), external_id="71").by(client)) == "4092500"
    assert code(bank.inquiry(token, other.payment_code, now(), external_id="71").by(client)) == "4092400"
    bank.inquiry(token, other.payment_code, now(), external_id="72", request_id="P9").by(client)
    # An inquiry and its payment have the same number at many banks; the X-EXTERNAL-ID must still be another.
    sent = bank.payment(token, other.payment_code, 150_000, now(), external_id="72", request_id="P9")
    assert code(sent.by(client)) == "4092500"
    assert money()[:4] == before[:4] and billing.standing(other).state == "open"


def test_a_retry_with_another_external_id_is_the_first_result_as_success(bank, token, bill, client):
    first = bank.payment(token, bill.payment_code, 150_000, now(), request_id="P1").by(client)
    before = money()[:3]
    retry = bank.payment(token, bill.payment_code, 150_000, now(), request_id="P1", changes={"flagAdvise": "Y"}, external_id="9")
    again = retry.by(client)
    assert code(again) == "2002500" and data(again) == data(first) and money()[:3] == before
    assert code(retry.by(client)) == "4042518" and money()[:3] == before


def test_other_content_under_the_same_payment_is_18_and_never_a_success(bank, token, bill, issue, client):
    other = issue(about="tests.thing:2", amount=200_000)
    bank.payment(token, bill.payment_code, 150_000, now(), request_id="P1", external_id="1").by(client)
    before = money()[:3]
    for number, amount, external_id in ((other.payment_code, 200_000, "2"), (bill.payment_code, 200_000, "3"),
                                        (other.payment_code, 200_000, "1")):
        sent = bank.payment(token, number, amount, now(), request_id="P1", external_id=external_id)
        answer = sent.by(client)
        assert code(answer) == "4042518" and data(answer)["paymentFlagStatus"] == "01"
    assert money()[:3] == before and billing.standing(other).state == "open"


def test_a_refused_payment_stays_refused_when_it_is_said_again(bank, token, bill, client):
    wrong = bank.payment(token, bill.payment_code, 1, now(), request_id="P1").by(client)
    again = bank.payment(token, bill.payment_code, 1, now(), request_id="P1").by(client)
    assert code(wrong) == code(again) == "4042513" and not Receipt.objects.exists()
    right = bank.payment(token, bill.payment_code, 150_000, now(), request_id="P2").by(client)
    assert code(right) == "2002500"


def test_the_external_id_is_free_again_on_the_next_local_day(bank, bill, issue, client, monkeypatch):
    other = issue(about="tests.thing:2")
    late = timezone.localtime().replace(hour=23, minute=59, second=58) + timedelta(days=1)
    early = late + timedelta(seconds=3)
    for moment, this, wanted in ((late, bill, "2002500"), (late, other, "4092500"), (early, other, "2002500")):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        token = bank.token(moment).by(client).json()["accessToken"]
        assert code(bank.payment(token, this.payment_code, 150_000, moment, external_id="5").by(client)) == wanted
    assert set(Message.objects.filter(external_id="5", is_accepted=True).values_list("day", flat=True)) == {
        late.date(), early.date()
    }


def test_money_that_the_statement_brought_first_is_the_payments_own(bank, token, bill, client):
    file = simulate_transfer(bill, now())
    billing.take_statement(file.data, file_name=file.file_name, account=None, by=None, now=now())
    assert billing.standing(bill).state == "paid"
    assert code(bank.payment(token, bill.payment_code, 150_000, now()).by(client)) == "2002500"
    assert billing.check_money().ok and billing.standing(bill).state == "paid"


def test_the_status_of_a_payment_is_its_first_result(bank, token, bill, client):
    bank.payment(token, bill.payment_code, 150_000, now(), request_id="P1").by(client)
    answer = bank.status(token, bill.payment_code, "P1", now()).by(client)
    assert code(answer) == "2002600" and data(answer)["paymentFlagStatus"] == "00" and data(answer)["inquiryRequestId"] == "P1"
    assert code(bank.status(token, bill.payment_code, "P2", now()).by(client)) == "4042601"
    assert code(bank.status(token, "123456789012", "P1", now()).by(client)) == "4042618"
    sent = bank.status(token, bill.payment_code, "P1", now(), external_id="8")
    assert [code(sent.by(client)) for _ in range(2)] == ["2002600", "4092600"]


def test_a_long_number_of_a_payment_finds_its_way(bank, token, bill, client):
    sent = bank.payment(token, bill.payment_code, 150_000, now(), request_id="x" * 128)
    assert code(sent.by(client)) == "2002500" and len(Receipt.objects.get().source) < 110


def test_a_payment_takes_few_round_trips(bank, token, bill, client, django_assert_max_num_queries):
    keeping.forget_all()
    with django_assert_max_num_queries(3):
        assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "2002400"
    with django_assert_max_num_queries(16):
        assert code(bank.payment(token, bill.payment_code, 150_000, now()).by(client)) == "2002500"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["the same call", "other external ids", "other payments"])
def test_of_64_payments_at_once_one_is_received_and_all_answers_agree(bank, token, bill, kind):
    calls = []
    for number in range(64):
        options = {"external_id": "4711" if kind == "the same call" else str(number)}
        if kind != "other payments":
            options["request_id"] = "P1"
        calls.append(bank.payment(token, bill.payment_code, 150_000, now(), **options))
    answers, start = [], threading.Barrier(64, timeout=60)

    def send(call):
        start.wait()
        try:
            answers.append(call.by(Client()))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    counts = Counter(code(answer) for answer in answers)
    assert Receipt.objects.count() == Payment.objects.count() == 1 and billing.check_money().ok
    assert counts == {
        "the same call": {"2002500": 1, "4042518": 63}, "other external ids": {"2002500": 64},
        "other payments": {"2002500": 1, "4042514": 63},
    }[kind]
    if kind != "other payments":
        assert {data(answer)["paymentFlagStatus"] for answer in answers} == {"00"}
        assert len({json.dumps(data(answer), sort_keys=True) for answer in answers}) == 1
    assert Message.objects.filter(is_decision=True, outcome="00").count() == 1


def test_with_a_plan_the_next_instalment_is_asked_and_the_rest_is_taken_too(bank, token, bill, client, account):
    from dgs.core.billing.actions import plan_instalments

    today = timezone.localdate()
    parts = [(today + timedelta(days=30 * n), Decimal(50_000)) for n in range(3)]
    plan_instalments(bill_id=bill.pk, parts=parts, decision_number="1", by=None, now=now())

    def asked():
        found = data(bank.inquiry(token, bill.payment_code, now()).by(client))
        assert found["totalAmount"] == found["billDetails"][0]["billAmount"]
        return found["totalAmount"]["value"]

    assert asked() == "50000.00"
    assert code(bank.payment(token, bill.payment_code, 50_000, now(), request_id="P1").by(client)) == "2002500"
    assert code(bank.payment(token, bill.payment_code, 60_000, now(), request_id="P2").by(client)) == "4042513"
    assert asked() == "50000.00" and billing.standing(bill).remaining == 100_000
    assert code(bank.payment(token, bill.payment_code, 100_000, now(), request_id="P3").by(client)) == "2002500"
    assert billing.standing(bill).state == "paid" and billing.check_money().ok
