"""Tests of who may call: tokens, headers, signatures, clocks, networks, and what is written down of those who may not."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dgs.core.banking import trace
from dgs.core.banking.actions import end_key, forget_old, new_key
from dgs.core.banking.models import AccessToken, Message, Partner, PartnerKey
from dgs.core.banking.tests.conftest import SECRET, money
from dgs.core.banking.tests.keys import OTHER_PRIVATE

pytestmark = pytest.mark.django_db
NEW_SECRET = "rahasia-baru-hanya-untuk-uji-2"


def now():
    return timezone.now()


def code(answer):
    assert answer["Content-Type"] == "application/json"
    found = answer.json()
    assert found["responseCode"][:3] == str(answer.status_code) and found["responseMessage"]
    return found["responseCode"]


def test_a_bank_gets_a_token_and_asks_what_is_owed(bank, bill, client):
    answer = bank.token(now()).by(client)
    told = answer.json()
    assert code(answer) == "2007300" and told["tokenType"] == "Bearer" and told["expiresIn"] == "900"
    assert answer["X-TIMESTAMP"] and not answer.cookies
    answer = bank.inquiry(told["accessToken"], bill.payment_code, now()).by(client)
    data = answer.json()["virtualAccountData"]
    assert code(answer) == "2002400" and data["inquiryStatus"] == "00"
    assert data["totalAmount"] == {"value": "150000.00", "currency": "IDR"}
    assert data["virtualAccountName"] == "Siti Contohwati" and data["virtualAccountTrxType"] == "C"
    assert data["virtualAccountNo"] == f"   88899{bill.payment_code}"


@pytest.mark.parametrize("header", ["X-TIMESTAMP", "X-CLIENT-KEY", "X-SIGNATURE"])
def test_a_token_is_not_given_without_a_header(bank, client, header):
    answer = bank.token(now()).without(header).by(client)
    assert code(answer) == "4007302" and header in answer.json()["responseMessage"]
    assert AccessToken.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "wanted"),
    [
        ({"X_CLIENT_KEY": "somebody"}, "4017300"), ({"X_SIGNATURE": "AAAA"}, "4017300"), ({"X_SIGNATURE": "%%"}, "4017300"),
        ({"X_TIMESTAMP": "2026-01-02 10:00:00"}, "4007301"), ({"X_TIMESTAMP": "2026-13-02T10:00:00+07:00"}, "4007301"),
        ({"X_TIMESTAMP": "1900-01-02T10:00:00+07:00"}, "4007301"), ({"X_TIMESTAMP": "2099-01-02T10:00:00+07:00"}, "4017300"),
        ({"X_CLIENT_KEY": "x" * 65}, "4007301"), ({"X_CLIENT_KEY": "kunci\u00e9"}, "4007301"),
        ({"X_TIMESTAMP": "9" * 99}, "4007301"),
    ],
)
def test_a_token_is_not_given_for_wrong_headers(bank, client, wrong, wanted):
    assert code(bank.token(now()).having(**wrong).by(client)) == wanted
    assert AccessToken.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"", "4007300"), (b"{}", "4007302"), (b'{"grantType":"password"}', "4007301"), (b'{"grantType":1}', "4007301"),
        (b'{"grantType":"client_credentials","grantType":"client_credentials"}', "4007300"), (b"[]", "4007300"),
        (b"x" * 20_000, "4007300"), (b"\xff\xfe", "4007300"),
    ],
)
def test_a_token_is_not_given_for_another_grant(bank, client, body, wanted):
    assert code(bank.token(now(), body=body).by(client)) == wanted
    assert AccessToken.objects.count() == 0


def test_a_token_is_not_given_long_after_it_was_signed_nor_for_a_bank_that_is_switched_off(bank, client):
    assert code(bank.token(now(), is_stale=True).by(client)) == "4017300"
    assert code(bank.token(now() + timedelta(hours=1)).by(client)) == "4017300"
    Partner.objects.update(is_active=False)
    assert code(bank.token(now()).by(client)) == "4017300"
    assert AccessToken.objects.count() == 0


@pytest.mark.parametrize("header", ["X-TIMESTAMP", "X-SIGNATURE", "X-PARTNER-ID", "X-EXTERNAL-ID", "CHANNEL-ID"])
def test_a_transaction_without_a_header_is_refused(bank, token, bill, client, header):
    before = money()
    answer = bank.payment(token, bill.payment_code, 150_000, now()).without(header).by(client)
    assert code(answer) == "4002502" and header in answer.json()["responseMessage"]
    assert money() == before


@pytest.mark.parametrize(
    ("wrong", "wanted"),
    [
        ({"Authorization": "Bearer nope"}, "4012501"), ({"Authorization": "Basic abc"}, "4012501"),
        ({"Authorization": "Bearer"}, "4012501"), ({"Authorization": f"Bearer {'x' * 3000}"}, "4012501"),
        ({"X_SIGNATURE": "AAAA"}, "4012500"), ({"X_PARTNER_ID": "OTHER"}, "4012500"), ({"X_EXTERNAL_ID": "12a"}, "4002501"),
        ({"X_EXTERNAL_ID": "1" * 37}, "4002501"), ({"CHANNEL_ID": "123456"}, "4002501"), ({"X_TIMESTAMP": "now"}, "4002501"),
        ({"X_EXTERNAL_ID": "\u0661\u0662"}, "4002501"),
    ],
)
def test_a_transaction_with_wrong_headers_is_refused(bank, token, bill, client, wrong, wanted):
    before = money()
    assert code(bank.payment(token, bill.payment_code, 150_000, now()).having(**wrong).by(client)) == wanted
    assert money() == before


def test_a_transaction_without_any_token_is_refused_as_a_bad_token(bank, bill, client):
    answer = bank.payment("x", bill.payment_code, 150_000, now()).without("Authorization").by(client)
    assert code(answer) == "4012501"


def test_a_wrong_signature_a_stale_clock_or_another_body_is_refused(bank, token, bill, client):
    before = money()
    assert code(bank.payment(token, bill.payment_code, 150_000, now(), has_wrong_signature=True).by(client)) == "4012500"
    assert code(bank.payment(token, bill.payment_code, 150_000, now(), secret="another").by(client)) == "4012500"
    stale = bank.payment(token, bill.payment_code, 150_000, now(), is_stale=True).by(client)
    assert code(stale) == "4012500" and "X-TIMESTAMP" in stale.json()["responseMessage"]
    sent = bank.payment(token, bill.payment_code, 150_000, now())
    forged = type(sent)(sent.path, sent.headers, sent.body.replace(b"150000", b"150001"))
    assert code(forged.by(client)) == "4012500"
    # A signature for one address does not open another.
    moved = type(sent)(sent.path.replace("payment", "inquiry"), sent.headers, sent.body)
    assert code(moved.by(client)) == "4012400"
    assert money() == before


def test_an_expired_token_is_refused(bank, token, bill, client):
    AccessToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "4012401"
    assert forget_old(now=now() + timedelta(days=2))[0] == 1 and not AccessToken.objects.exists()


def test_a_token_of_one_bank_does_not_serve_another(bank, token, bill, client, connect):
    other = connect("bank-lain", partner_id="LAIN", partner_service_id="77788")
    answer = other.inquiry(token, bill.payment_code, now(), secret=SECRET).by(client)
    assert code(answer) == "4012400"


@pytest.mark.parametrize(
    ("networks", "address", "wanted"),
    [
        (["203.0.113.0/28"], "203.0.113.7", "2002400"), (["203.0.113.0/28"], "203.0.113.70", "4012400"),
        (["203.0.113.0/28", "2001:db8::/32"], "2001:db8::5", "2002400"), (["2001:db8::7/128"], "2001:db8::8", "4012400"),
        (["203.0.113.7"], "::ffff:203.0.113.7", "2002400"), ([], "198.51.100.1", "2002400"),
    ],
)
def test_a_bank_calls_from_its_networks_only(bank, token, bill, client, networks, address, wanted):
    Partner.objects.update(allowed_networks=networks)
    client.defaults["REMOTE_ADDR"] = address
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == wanted
    assert Message.objects.latest("pk").remote_address == address.removeprefix("::ffff:")


def test_the_signed_path_may_leave_our_prefix_out(connect, bill, client):
    bank = connect(sides={"signs_prefix": False})
    token = bank.token(now()).by(client).json()["accessToken"]
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "2002400"


def test_a_bank_may_sign_in_hex(connect, bill, client):
    bank = connect(signature_encoding="hex")
    token = bank.token(now()).by(client).json()["accessToken"]
    sent = bank.inquiry(token, bill.payment_code, now())
    assert len(sent.headers["X-SIGNATURE"]) == 128 and code(sent.by(client)) == "2002400"


def test_a_bank_may_sign_without_a_token_by_rsa(connect, bill, client):
    bank = connect(signs="asymmetric")
    assert code(bank.inquiry("", bill.payment_code, now()).by(client)) == "2002400"
    forger = type(bank)(**{**vars(bank), "private_key": OTHER_PRIVATE})
    assert code(forger.inquiry("", bill.payment_code, now()).by(client)) == "4012400"


def test_while_a_secret_is_changed_both_serve_and_after_that_only_the_new_one(bank, token, bill, client):
    partner = Partner.objects.get()

    def asked(secret):
        return code(bank.inquiry(token, bill.payment_code, now(), secret=secret).by(client))

    new_key(partner=partner, kind="secret", value=NEW_SECRET, by=None, now=now())
    assert asked(SECRET) == asked(NEW_SECRET) == "2002400"
    end_key(key_id=PartnerKey.objects.filter(kind="secret").earliest("pk").pk, by=None, now=now())
    assert asked(SECRET) == "4012400" and asked(NEW_SECRET) == "2002400"


def test_when_the_banks_public_key_ends_its_tokens_end_with_it(bank, token, bill, client):
    end_key(key_id=PartnerKey.objects.get(kind="public").pk, by=None, now=now())
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "4012401"
    assert code(bank.token(now()).by(client)) == "4017300"


def test_keys_lie_encrypted_and_nothing_secret_is_written_down(bank, token, bill, client):
    sent = bank.payment(token, bill.payment_code, 150_000, now(), changes={"additionalInfo": {"x": f"Bearer {token}"}})
    assert code(sent.by(client)) == "2002500"
    bank.payment(token, bill.payment_code, 150_000, now(), has_wrong_signature=True).by(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(m::text, ' ') FROM banking_message m")
        text = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(k::text, ' ') FROM banking_partnerkey k")
        keys = cursor.fetchone()[0]
    for secret in (token, SECRET, sent.headers["X-SIGNATURE"], "BEGIN"):
        assert secret not in text and secret not in keys
    assert AccessToken.objects.get().hash != token


def test_every_call_is_written_down_also_of_nobody_and_bounded(bank, token, client):
    client.post("/snap/v1.0/transfer-va/payment", data=b"\x00\xff" * 6000, content_type="application/json")
    found = Message.objects.latest("pk")
    assert (found.partner, found.http_status, found.response_code) == (None, 400, "4002502")
    assert len(found.body.encode()) <= trace.LONGEST and not found.is_accepted and "X-TIMESTAMP" in found.note
    bank.inquiry(token, "1", now(), has_wrong_signature=True).by(client)
    found = Message.objects.latest("pk")
    assert found.partner and found.response_code == "4012400" and "Signature" in found.note and not found.is_accepted


def test_a_body_that_is_too_long_is_not_read(bank, token, client):
    sent = bank.call("25", token, b"{" + b" " * 17_000 + b"}", now())
    assert code(sent.by(client)) == "4002500" and Message.objects.latest("pk").body == ""


def test_another_method_is_answered_in_json(client):
    for method in ("get", "put", "delete"):
        assert code(getattr(client, method)("/snap/v1.0/transfer-va/payment")) == "4052500"


def test_who_proves_nothing_is_not_written_down_without_end(bank, token, bill, client, monkeypatch):
    from dgs.core.banking.views import snap

    monkeypatch.setattr(snap, "UNPROVEN", 3)
    answers = [code(client.post("/snap/v1.0/transfer-va/inquiry", data=b"", content_type="text/plain")) for _ in range(6)]
    assert answers == ["4002402"] * 3 + ["4292400"] * 3
    assert Message.objects.filter(partner=None).count() == 3
    assert code(bank.inquiry(token, bill.payment_code, now()).by(client)) == "2002400"


def test_an_error_of_ours_is_the_standards_answer_too(bank, token, bill, client, monkeypatch):
    from dgs.core.billing import api

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    before = money()
    monkeypatch.setattr(api, "receive", broken)
    sent = bank.payment(token, bill.payment_code, 150_000, now())
    assert code(sent.by(client)) == "5002500" and money() == before
    assert Message.objects.latest("pk").note == "ZeroDivisionError"
    monkeypatch.undo()
    assert code(sent.by(client)) == "2002500"


def test_what_was_written_down_is_never_changed_and_kept_ten_years(bank, token):
    first = Message.objects.latest("pk")
    for act in (lambda: first.delete(), lambda: Message.objects.update(note="x")):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    first.pk, first.at = None, first.at - timedelta(days=11 * 366)
    first.save(force_insert=True)
    before = Message.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(note="x")
    assert forget_old(now=now())[1] == 1 and Message.objects.count() == before - 1


def test_a_key_is_never_changed_but_for_its_end(bank):
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerKey.objects.update(value="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerKey.objects.all().delete()
    assert PartnerKey.objects.update(valid_until=now() + timedelta(days=1)) == 2


def test_a_second_acceptance_of_one_external_id_is_refused_by_the_database(bank, token, bill, client):
    bank.inquiry(token, bill.payment_code, now(), external_id="7").by(client)
    row = Message.objects.get(external_id="7")
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    assert json.loads(row.answer)["responseCode"] == "2002400"
