"""Calls that try to get past the checks: amounts that differ, keys that look alike, secrets where none belong, many addresses."""

import json

import pytest
from django.apps import apps
from django.utils import timezone

from dgs.core.banking.actions.virtual_accounts import source
from dgs.core.banking.models import Message
from dgs.core.banking.response_codes import PAYMENT
from dgs.core.banking.tests.conftest import SECRET, money
from dgs.core.banking.views import snap
from dgs.core.billing import api as billing


def code(sent, client, **more):
    answer = client.generic(
        sent.method, sent.path, sent.body, content_type="application/json", headers=dict(sent.headers), **more
    )
    assert str(answer.status_code) == answer.json()["responseCode"][:3]
    return answer.json()["responseCode"]


def test_a_total_that_differs_from_what_was_paid_is_a_wrong_amount(bank, token, bill, client):
    before = money()
    total = {"value": "300000.00", "currency": "IDR"}
    assert code(bank.payment(token, bill.payment_code, 150_000, timezone.now(), changes={"totalAmount": total}), client) == (
        "4042513"
    )
    assert money() == before


def test_no_identifier_of_a_payment_can_be_taken_for_the_digest_of_another():
    long = "x" * 128
    digest = source("va", "bank", long).rpartition(":")[2]
    assert digest.startswith("sha256-") and source("va", "bank", digest) != source("va", "bank", long)
    assert source("va", "bank", "x" * 72) == f"banking.va:bank:{'x' * 72}"
    assert len(source("qris", "b" * 20, long)) + len(":withdrawn") <= 120


@pytest.mark.parametrize("value", ["hush", 'hu\\"sh', "hush" * 900])
def test_a_secret_that_a_bank_writes_into_a_body_is_hidden(bank, token, bill, client, value):
    changes = {"additionalInfo": {"accessToken": value, "client secret": value}}
    sent = bank.payment(token, bill.payment_code, 150_000, timezone.now(), changes=changes)
    assert code(sent, client) == "2002500"
    for row in Message.objects.values():
        text = json.dumps(row, default=str)
        assert "hush" not in text and token not in text and SECRET not in text and sent.headers["X-SIGNATURE"] not in text


def test_what_looks_like_a_member_inside_a_text_breaks_no_answer(bank, token, bill, client):
    now, name = timezone.now(), 'x"token":"y'
    sent = bank.payment(token, bill.payment_code, 150_000, now, request_id=name, changes={"referenceNo": name})
    assert [code(sent, client), code(sent, client)] == ["2002500", "4042518"]
    assert json.loads(Message.objects.latest("pk").answer)["virtualAccountData"]["paymentRequestId"] == name


def test_an_error_is_logged_without_what_was_sent_and_leaves_the_payment_undecided(
    bank, token, bill, client, monkeypatch, caplog
):
    sent_text = "hush"

    def broken(**_values):
        raise RuntimeError(sent_text)

    before, now = money(), timezone.now()
    sent = bank.payment(token, bill.payment_code, 150_000, now)
    with monkeypatch.context() as patch:
        patch.setattr(billing, "receive", broken)
        assert code(sent, client) == "5002500"
    assert sent_text not in caplog.text and "RuntimeError" in caplog.text and money() == before
    assert code(sent, client) == "2002500"


def test_strangers_of_one_ipv6_network_are_counted_as_one(bank, token, bill, client, monkeypatch):
    monkeypatch.setattr(snap, "UNPROVEN", 3)
    sent = bank.payment(token, bill.payment_code, 150_000, timezone.now(), has_wrong_signature=True)
    before = Message.objects.count()
    codes = [code(sent, client, REMOTE_ADDR=f"2001:db8::{number}") for number in range(1, 7)]
    assert codes == ["4012500"] * 3 + ["4292500"] * 3 and Message.objects.count() == before + 3


@pytest.mark.parametrize("status", ["04", "05"])
@pytest.mark.parametrize("is_late", [False, True])
def test_money_that_went_back_is_withdrawn_whichever_was_heard_first(acquirer, bill, client, status, is_late):
    now = timezone.now()
    token = acquirer.token(now).by(client).json()["accessToken"]
    partner = apps.get_model("banking", "Partner").objects.get(code="akuirer")
    apps.get_model("banking", "QrCode").objects.create(
        bill=bill, partner=partner, reference="R1", amount=150_000, content="x", issued_at=now, expires_at=now
    )
    paid = acquirer.notify(token, "R1", 150_000, now, reference="A1")
    gone = acquirer.notify(token, "R1", 150_000, now, reference="A1", status=status)
    assert [code(sent, client) for sent in ((gone, paid) if is_late else (paid, gone))] == ["2005200", "2005200"]
    assert billing.standing(bill).paid == 0
    receipts = apps.get_model("billing", "Receipt").objects
    assert sum(receipts.values_list("amount", flat=True)) == 0 and receipts.count() == 2
    again = acquirer.notify(token, "R1", 150_000, now, reference="A1")
    assert code(again, client) == "2005200" and billing.standing(bill).paid == 0


@pytest.mark.parametrize("length", ["x", "-1", "١", "99999999999999999999", "16385"])
def test_a_length_that_is_none_is_refused(bank, token, bill, client, length):
    sent, before = bank.payment(token, bill.payment_code, 150_000, timezone.now()), money()
    assert code(sent, client, CONTENT_LENGTH=length).startswith("400" + PAYMENT) and money() == before


def test_another_method_is_told_which_one_serves(client):
    answer = client.get("/snap/v1.0/transfer-va/inquiry")
    assert answer.status_code == 405 and answer["Allow"] == "POST" and answer.json()["responseCode"] == "4052400"
