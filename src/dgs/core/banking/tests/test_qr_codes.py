"""Tests of QRIS payments: codes for bills, notifications late, twice and out of order, and asking when nothing was heard."""

import json
import threading
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations

import pytest
from django.db import connection
from django.test import Client

from dgs.core.banking import channels, client, qris, signatures
from dgs.core.banking.actions import ask_open_codes, new_key, usable_code
from dgs.core.banking.models import Message, Partner, QrCode
from dgs.core.banking.tests.conftest import money
from dgs.core.banking.tests.keys import PRIVATE, PUBLIC
from dgs.core.banking.tests.test_arrivals import code, now
from dgs.core.billing import api as billing
from dgs.core.billing.models import Payment, Receipt
from dgs.kernel import registry

pytestmark = pytest.mark.django_db
GIVEN = "rahasia-dari-akuirer-untuk-kita"


@pytest.fixture
def qr(acquirer, bill):
    return usable_code(partner=Partner.objects.get(), bill=bill, amount=Decimal(150_000), now=now())


@pytest.fixture
def token(acquirer, client):
    return acquirer.token(now()).by(client).json()["accessToken"]


def test_a_code_holds_the_amount_the_bill_and_our_reference(qr, bill):
    found = qris.read(qr.content)
    assert found["54"] == "150000" and found["62"] == {"01": bill.number, "05": qr.reference} and found["52"] == "9399"
    assert qr.reference.startswith(bill.payment_code) and len(qr.reference) <= 25


def test_a_code_with_time_left_is_shown_again_and_another_amount_gets_another(qr, bill):
    partner = qr.partner
    assert usable_code(partner=partner, bill=bill, amount=Decimal(150_000), now=now()) == qr
    assert usable_code(partner=partner, bill=bill, amount=Decimal(151_000), now=now()) != qr
    assert usable_code(partner=partner, bill=bill, amount=Decimal(150_000), now=now() + timedelta(minutes=25)) != qr


def test_a_notification_pays_the_bill_once_however_often_it_comes(acquirer, token, qr, bill, client, account):
    sent = acquirer.notify(token, qr.reference, 150_000, now(), reference="A1")
    assert code(sent.by(client)) == "2005200" and billing.standing(bill).state == "paid"
    receipt = Receipt.objects.get()
    assert (receipt.source, receipt.channel, receipt.account) == ("banking.qris:akuirer:A1", "qris", account)
    before = money()[:3]
    assert code(sent.by(client)) == "2005200"
    assert code(acquirer.notify(token, qr.reference, 150_000, now(), reference="A1").by(client)) == "2005200"
    assert money()[:3] == before
    qr.refresh_from_db()
    assert qr.ended_at is not None


@pytest.mark.parametrize("ours", ["", "9" * 22])
def test_money_for_a_code_that_nobody_knows_stands_on_the_work_list(acquirer, token, bill, client, ours):
    assert code(acquirer.notify(token, ours, 70_000, now()).by(client)) == "2005200"
    receipt = Receipt.objects.get()
    assert receipt.bill is None and receipt.unapplied == 70_000 and not Payment.objects.exists() and billing.check_money().ok


def test_another_amount_than_is_owed_is_taken_in_and_listed(acquirer, token, qr, bill, client):
    assert code(acquirer.notify(token, qr.reference, 149_000, now()).by(client)) == "2005200"
    assert Receipt.objects.get().unapplied == 149_000 and billing.standing(bill).state == "open"


def test_two_payments_of_one_code_are_two_receipts_and_one_waits(acquirer, token, qr, bill, client):
    for reference in ("A1", "A2"):
        assert code(acquirer.notify(token, qr.reference, 150_000, now(), reference=reference).by(client)) == "2005200"
    assert sorted(Receipt.objects.values_list("unapplied", flat=True)) == [0, 150_000] and billing.check_money().ok


@pytest.mark.parametrize("status", ["01", "02", "03", "05", "06", "07"])
def test_a_payment_that_has_not_succeeded_brings_no_money(acquirer, token, qr, client, status):
    assert code(acquirer.notify(token, qr.reference, 150_000, now(), status=status).by(client)) == "2005200"
    assert not Receipt.objects.exists() and QrCode.objects.get().ended_at is None


@pytest.mark.parametrize("order", sorted(set(permutations(["03", "00", "00", "04"]))))
def test_money_that_went_back_is_withdrawn_in_whatever_order_it_is_told(acquirer, token, qr, bill, client, order):
    for status in order:
        assert code(acquirer.notify(token, qr.reference, 150_000, now(), reference="A1", status=status).by(client)) == "2005200"
    assert sum(Receipt.objects.values_list("amount", flat=True)) == 0 and Receipt.objects.count() == 2
    assert billing.standing(bill).state == "open" and billing.check_money().ok


def test_the_same_payment_with_another_amount_is_inconsistent(acquirer, token, qr, client):
    acquirer.notify(token, qr.reference, 150_000, now(), reference="A1").by(client)
    before = money()[:3]
    assert code(acquirer.notify(token, qr.reference, 15_000, now(), reference="A1").by(client)) == "4045218"
    assert money()[:3] == before


@pytest.mark.parametrize("order", sorted(set(permutations([("00", 150_000), ("00", 150_000), ("04", 50_000)]))))
def test_money_that_went_back_in_part_is_not_withdrawn_whole(acquirer, token, qr, bill, client, order):
    told = set()
    for status, amount in order:
        answer = code(acquirer.notify(token, qr.reference, amount, now(), reference="A1", status=status).by(client))
        assert answer == ("4045218" if status == "04" and "00" in told else "2005200")
        told.add(status)
    assert Receipt.objects.get().amount == 150_000
    assert billing.standing(bill).state == "paid" and billing.check_money().ok


def test_the_same_external_id_about_another_payment_is_a_conflict(acquirer, token, qr, client):
    acquirer.notify(token, qr.reference, 150_000, now(), reference="A1", external_id="5").by(client)
    before = money()[:3]
    assert code(acquirer.notify(token, qr.reference, 150_000, now(), reference="A2", external_id="5").by(client)) == "4095200"
    assert money()[:3] == before


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"originalReferenceNo": None}, "4005202"), ({"latestTransactionStatus": None}, "4005202"),
        ({"latestTransactionStatus": "99"}, "4005201"), ({"latestTransactionStatus": 0}, "4005201"),
        ({"amount": None}, "4005202"),
        ({"amount": "150000"}, "4005201"), ({"amount": {"value": "-1.00", "currency": "IDR"}}, "4045213"),
        ({"amount": {"value": "1.50", "currency": "IDR"}}, "4045213"),
        ({"amount": {"value": "1.00", "currency": "SGD"}}, "4045213"),
        ({"originalPartnerReferenceNo": ["x"]}, "4005201"), ({"originalReferenceNo": "a\x00"}, "4005201"),
    ],
)
def test_a_notification_that_is_written_wrongly_is_refused(acquirer, token, qr, client, changes, wanted):
    before = money()
    assert code(acquirer.notify(token, qr.reference, 150_000, now(), changes=changes).by(client)) == wanted
    assert money() == before


@pytest.mark.django_db(transaction=True)
def test_of_16_notifications_at_once_one_is_received(acquirer, token, qr, bill):
    calls = [
        acquirer.notify(token, qr.reference, 150_000, now(), reference="A1", external_id=str(number % 8)) for number in range(16)
    ]
    answers, start = [], threading.Barrier(16, timeout=60)

    def send(call):
        start.wait()
        try:
            answers.append(code(call.by(Client())))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert answers == ["2005200"] * 16 and Receipt.objects.count() == Payment.objects.count() == 1


class Acquirer:
    """An acquirer on the loopback that gives tokens and answers queries with what it is told to; it checks our signatures."""

    def __init__(self):
        self.answer, self.status, self.seen, self.raw = {}, 200, [], b""
        acquirer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, given = self.headers["X-TIMESTAMP"], self.headers["X-SIGNATURE"]
                acquirer.seen.append((self.path, body))
                if self.path.endswith("/access-token/b2b"):
                    text = signatures.token_text("dgs-di-akuirer", stamp)
                    is_right = signatures.is_rsa(given, public_pems=[PUBLIC], texts=[text])
                    told = {"responseCode": "2007300", "accessToken": "tok123456789", "expiresIn": "900"}
                    self.say(200 if is_right else 401, told)
                    return
                text = signatures.transaction_text(
                    method="POST", endpoint=self.path, body=body, timestamp=stamp, token="tok123456789"
                )
                is_right = signatures.is_hmac(given, secrets=[GIVEN], texts=[text], encoding="base64")
                self.say(acquirer.status if is_right else 401, acquirer.answer)

            def say(self, status, answer):
                data = acquirer.raw or json.dumps(answer).encode()
                self.send_response(status)
                if status in {301, 302, 307}:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def side(qr):
    """The acquirer's own side, and our connection to it."""
    found = Acquirer()
    partner = qr.partner
    Partner.objects.filter(pk=partner.pk).update(
        base_url=f"http://127.0.0.1:{found.port}/openapi", our_client_key="dgs-di-akuirer", our_partner_id="DGS",
        our_channel_id="95",
    )
    new_key(partner=partner, kind="private", value=PRIVATE, by=None, now=now())
    new_key(partner=partner, kind="given", value=GIVEN, by=None, now=now())
    yield found
    found.server.shutdown()
    found.server.server_close()


def paid(qr, **changes):
    return {
        "responseCode": "2005100", "responseMessage": "Successful", "originalReferenceNo": "A1",
        "originalPartnerReferenceNo": qr.reference, "serviceCode": "47", "latestTransactionStatus": "00",
        "amount": {"value": "150000.00", "currency": "IDR"},
    } | changes


def later(minutes=3):
    return now() + timedelta(minutes=minutes)


@pytest.mark.server
def test_a_code_of_which_nothing_was_heard_is_asked_about_and_paid(side, qr, bill):
    side.answer = paid(qr)
    assert ask_open_codes(now=now()) == 0
    assert ask_open_codes(now=later()) == 1
    assert billing.standing(bill).state == "paid" and Receipt.objects.get().source == "banking.qris:akuirer:A1"
    assert [path for path, _body in side.seen] == ["/openapi/v1.0/access-token/b2b", "/openapi/v1.0/qr/qr-mpm-query"]
    assert ask_open_codes(now=later(60)) == 0
    out = Message.objects.filter(direction="out").order_by("pk")
    assert [one.service for one in out] == ["73", "51"] and "tok123456789" not in "".join(one.answer + one.body for one in out)


@pytest.mark.server
def test_an_answer_and_a_late_notification_are_one_payment(side, acquirer, token, qr, bill, client):
    side.answer = paid(qr)
    ask_open_codes(now=later())
    assert code(acquirer.notify(token, qr.reference, 150_000, now(), reference="A1").by(client)) == "2005200"
    assert Receipt.objects.count() == 1
    assert code(acquirer.notify(token, qr.reference, 150_000, now(), reference="A1", status="04").by(client)) == "2005200"
    assert billing.standing(bill).state == "open" and billing.check_money().ok


@pytest.mark.server
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"latestTransactionStatus": "03", "originalReferenceNo": "A1"}), (404, {"responseCode": "4045101"}), (500, {}),
        (200, {}), (200, {"latestTransactionStatus": "00", "originalReferenceNo": "A1"}), (302, {}),
        (401, {"responseCode": "4015101"}),
        (200, {"latestTransactionStatus": "00", "originalReferenceNo": "A1", "originalPartnerReferenceNo": "another",
               "amount": {"value": "150000.00", "currency": "IDR"}}),
        (200, {"latestTransactionStatus": "00", "originalReferenceNo": "A1", "amount": {"value": "1.5", "currency": "IDR"}}),
    ],
)
def test_an_answer_without_good_news_brings_no_money_and_the_code_is_asked_about_again(side, qr, status, answer):
    side.status, side.answer = status, answer
    assert ask_open_codes(now=later()) == 1
    assert not Receipt.objects.exists() and QrCode.objects.get().ended_at is None
    assert ask_open_codes(now=later(4)) == 0 and ask_open_codes(now=later(9)) == 1
    assert Message.objects.filter(direction="out", service="51").count() == 2
    assert not [path for path, _body in side.seen if "elsewhere" in path]


@pytest.mark.server
def test_an_answer_that_is_no_json_or_too_long_is_written_down_as_such(side, qr):
    for raw in (b"<html>", b'{"a":"' + b"x" * 20_000 + b'"}'):
        side.raw = raw
        client.TOKENS.forget()
        with pytest.raises(client.Unreachable):
            client.ask_qr(partner=Partner.objects.get(), reference=qr.reference, now=now())
    assert Message.objects.filter(direction="out").exclude(note="").count() == 2


@pytest.mark.server
def test_an_acquirer_that_is_away_is_left_alone_until_the_next_round(side, qr, bill):
    usable_code(partner=qr.partner, bill=bill, amount=Decimal(1), now=now())
    side.server.shutdown()
    side.server.server_close()
    assert ask_open_codes(now=later()) == 1
    found = Message.objects.get(direction="out")
    assert found.note == "ConnectionRefusedError" and found.http_status == 504 and not Receipt.objects.exists()


def test_without_keys_or_an_address_nothing_is_sent(qr):
    assert ask_open_codes(now=later()) == 0
    Partner.objects.update(base_url="https://bank.example")
    assert ask_open_codes(now=later()) == 1 and not Receipt.objects.exists()


def test_a_code_is_given_up_a_day_after_it_has_expired(qr):
    Partner.objects.update(base_url="https://bank.example")
    assert ask_open_codes(now=now() + timedelta(days=2)) == 0
    assert QrCode.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "address", ["http://bank.example", "https://user:pw@bank.example", "ftp://bank.example", "https://", "file:///etc/passwd",
                "https://bank.example/?a=1", "http://127.0.0.1.bank.example"]
)
def test_only_a_plain_encrypted_address_is_called(address):
    with pytest.raises(ValueError):
        client.check_address(address)


def test_both_channels_tell_how_to_pay_a_bill(bank, acquirer, bill):
    owed = billing.owed_by_code(bill.payment_code, on=now().date())
    known = {one.code: one for one in registry.payment_channels()}
    (account,) = known["virtual_account"].ways(bill, owed, now())
    assert account.copies[0][2] == f"88899{bill.payment_code}" and account.copies[1][2] == "150000" and not account.picture
    (scan,) = known["qris"].ways(bill, owed, now())
    assert scan.picture.startswith("<svg ") and len(scan.steps) == 3 and scan.note
    assert known["qris"].ways(bill, owed, now())[0].picture == scan.picture and QrCode.objects.count() == 1


def test_more_than_qris_carries_is_not_offered_as_a_code(acquirer, issue):
    bill = issue(amount=channels.MOST_BY_QRIS + 1)
    owed = billing.owed_by_code(bill.payment_code, on=now().date())
    assert channels.qr_codes(bill, owed, now()) == () and not QrCode.objects.exists()


def test_there_is_no_way_without_a_partner_nor_for_a_paid_bill(bill, connect):
    owed = billing.owed_by_code(bill.payment_code, on=now().date())
    assert channels.virtual_accounts(bill, owed, now()) == channels.qr_codes(bill, owed, now()) == ()
    connect(is_active=False)
    connect("akuirer", qris_domain="ID.CO.X.WWW", partner_service_id="")
    assert channels.virtual_accounts(bill, owed, now()) == channels.qr_codes(bill, owed, now()) == ()
    Partner.objects.update(is_active=True)
    owed.principal = Decimal(0)
    assert channels.virtual_accounts(bill, owed, now()) == () and not QrCode.objects.exists()


def test_a_code_for_a_print_is_good_so_long_and_is_asked_about_seldom(qr, bill, monkeypatch):
    until = now() + timedelta(days=20)
    partner = qr.partner
    printed = usable_code(partner=partner, bill=bill, amount=Decimal(150_000), now=now(), until=until)
    assert printed != qr and printed.expires_at == until
    assert usable_code(partner=partner, bill=bill, amount=Decimal(150_000), now=now(), until=until) == printed
    assert usable_code(partner=partner, bill=bill, amount=Decimal(150_000), now=now()).expires_at >= until
    Partner.objects.update(base_url="http://127.0.0.1:9")
    QrCode.objects.update(issued_at=now() - timedelta(minutes=20), asked_at=now() - timedelta(minutes=6))
    from dgs.core.banking.actions import asking

    asked = []
    monkeypatch.setattr(asking, "_ask", lambda code, at: asked.append(code.pk))
    ask_open_codes(now=now())
    assert asked == [qr.pk]
    QrCode.objects.update(asked_at=now() - timedelta(hours=7))
    ask_open_codes(now=now())
    assert sorted(asked) == sorted([qr.pk, qr.pk, printed.pk])


def test_a_code_asks_for_the_next_instalment_where_there_is_a_plan(acquirer, bill):
    from django.utils import timezone

    from dgs.core.billing.actions import plan_instalments

    parts = [(timezone.localdate() + timedelta(days=30 * n), Decimal(75_000)) for n in range(2)]
    plan_instalments(bill_id=bill.pk, parts=parts, decision_number="1", by=None, now=now())
    owed = billing.owed_by_code(bill.payment_code, timezone.localdate())
    channels.qr_codes(bill, owed, now())
    assert QrCode.objects.get().amount == 75_000
