"""The payer's pages: every way to pay, the live state, telling of a transfer, objecting, papers, and the list of bills."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions, ways
from dgs.core.billing import api as billing
from dgs.core.billing.models import Bill, Confirmation, Objection, Payment
from dgs.core.billing.simulator import Transfer, mt940_text, simulate_transfer
from dgs.core.billing.tests.conftest import NOW, TODAY
from dgs.core.billing.tests.test_proofs import head  # noqa: F401 - a fixture
from dgs.core.documents import api as documents
from dgs.kernel.manifest import PaymentChannel, Way

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def person(client, name, party):
    user = apps.get_model("accounts", "User").objects.create_user(username=f"{name}@contoh.invalid", name=name, party=party)
    client.force_login(user)
    return client


@pytest.fixture
def citizen(client, payer):
    return person(client, "Siti Contohwati", payer)


@pytest.fixture
def treasurer(user):
    from django.test import Client

    role, _new = Role.objects.update_or_create(
        code="treasurer", defaults={"title": "Bendahara", "permissions": ["billing.view_desk"], "is_staff": True}
    )
    Grant.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def stranger(db):
    from django.test import Client

    return person(Client(), "Orang Lain", apps.get_model("parties", "Party").objects.create(kind="person", name="Orang Lain"))


@pytest.fixture
def channel(monkeypatch):
    """A channel of another room; `shown` counts how often it was asked."""
    shown = []

    def show(bill, owed, now, until=None):
        shown.append(until)
        return (
            Way(
                title="Kode pindai", copies=(("Nomor khusus", "88 99", "8899"),), steps=("Pindai <kodenya>.",),
                note="Sampai besok.",
                picture='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>',
            ),
        )

    def put(ask=show, **more):
        one = PaymentChannel(code="contoh", title="Kanal contoh", icon="qr", ways=ask, **more)
        monkeypatch.setattr(ways.registry, "payment_channels", lambda: [one])

    put.shown = shown
    return put


def page(browser, name, *args, **query):
    return browser.get(reverse(f"billing:{name}", args=args), query)


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def pay(bill, amount=None, text=""):
    rows = [Transfer(day=TODAY, amount=amount or int(billing.standing(bill).remaining), text=f"{bill.payment_code} {text}")]
    billing.take_statement(mt940_text(rows, account="1500000016071").encode(), file_name="a", account=None, by=None, now=NOW)


def test_a_channels_ways_stand_with_their_picture_copies_and_steps(citizen, issue, account, channel):
    channel(is_issuing=True)
    text = text_of(page(citizen, "bill", issue().number))
    assert "Kode pindai" in text and 'data-copy="8899"' in text and '<svg xmlns="http://www.w3.org/2000/svg"' in text
    assert "Pindai &lt;kodenya&gt;." in text and "Sampai besok." in text and "1500000016071" in text


def test_what_is_issued_when_shown_is_issued_for_the_payer_only(citizen, treasurer, issue, account, channel):
    channel(is_issuing=True)
    bill = issue()
    assert "Kode pindai" not in text_of(page(treasurer, "bill", bill.number)) and not channel.shown
    ahead = citizen.get(reverse("billing:bill", args=[bill.number]), headers={"Sec-Purpose": "prefetch"})
    assert ahead.status_code == 200 and not channel.shown
    page(citizen, "bill", bill.number)
    assert channel.shown == [None]
    pay(bill)
    page(citizen, "bill", bill.number)
    assert channel.shown == [None]


def test_a_channel_that_fails_does_not_break_the_page(citizen, issue, account, channel):
    def broken(bill, owed, now, until=None):
        Bill.objects.raw("SELECT nonsense")[0]

    channel(broken)
    text = text_of(page(citizen, "bill", issue().number))
    assert "Kanal contoh sedang tidak tersedia" in text and "1500000016071" in text


def test_penalty_stands_apart_with_its_rule_and_every_amount_is_what_is_owed_today(citizen, issue, account):
    bill = issue(kind="retribution", due_on=TODAY - timedelta(days=1))
    text = text_of(page(citizen, "bill", bill.number))
    assert "Rp 150.000 dan denda Rp 1.500" in text and 'data-copy="151500"' in text and 'data-copy="150000"' not in text
    assert "1% dari pokok yang belum dibayar" in text and "24 bulan" in text and "UU 1/2022 dan PP 35/2023." in text


def test_the_plan_stands_as_a_table_and_both_amounts_can_be_copied(citizen, issue, account, user):
    bill = issue(kind="retribution")
    parts = [(TODAY + timedelta(days=30 * n), Decimal(50_000)) for n in range(3)]
    actions.plan_instalments(bill_id=bill.pk, parts=parts, decision_number="1", by=user, now=NOW)
    pay(bill, 50_000)
    text = text_of(page(citizen, "bill", bill.number))
    assert "Angsuran ke-2, dibayar sekarang" in text and text.count("<tr") == 4
    assert 'data-copy="50000"' in text and 'data-copy="100000"' in text and "Bukti pembayaran ini" in text


def test_the_page_moves_only_when_something_changed_and_shows_no_way_to_pay_once_paid(citizen, issue, account, channel):
    channel(is_issuing=True)
    bill = issue()
    answer = page(citizen, "bill", bill.number)
    mark = answer.context["mark"]
    assert f"tampil={mark}" in answer.content.decode()
    same = page(citizen, "bill_state", bill.number, tampil=mark)
    assert (same.status_code, same.content) == (204, b"") and len(channel.shown) == 1
    pay(bill)
    text = text_of(page(citizen, "bill_state", bill.number, tampil=mark))
    assert "Lunas" in text and "hx-get" not in text and "Cara membayar" not in text and "1500000016071" not in text
    assert reverse("billing:proof", args=[bill.number]) in text
    for wrong in ("", "x" * 5000, "\x00", "paid-0-0--"):
        assert page(citizen, "bill_state", bill.number, tampil=wrong).status_code == 200


SAID = {"transfer_number": "FT26327ABC", "day": "2026-11-23", "time": "09:30", "amount": "Rp 150.000"}


def test_a_payer_tells_of_a_transfer_and_again_in_its_place(citizen, issue, account):
    bill = issue()
    address = reverse("billing:confirm", args=[bill.number])
    assert 'value="150000"' in citizen.get(address).content.decode()
    assert citizen.post(address, SAID).status_code == 302
    assert citizen.post(address, SAID).status_code == 302
    one = Confirmation.objects.get()
    assert (one.channel, one.amount, one.transferred_at.hour, one.by.name) == ("web", 150_000, 2, "Siti Contohwati")
    assert "Kami mencari transfer Anda" in text_of(page(citizen, "bill", bill.number))
    citizen.post(address, SAID | {"transfer_number": "FT-LAIN-77", "sender_bank": "Bank X", "sender_name": "Budi"})
    assert list(Confirmation.objects.order_by("pk").values_list("outcome", flat=True)) == ["replaced", ""]
    text = text_of(page(citizen, "bill", bill.number))
    assert "FT-LAIN-77" in text and "FT26327ABC" not in text


def test_the_answer_to_what_was_told_stands_on_the_page(citizen, issue, account, user):
    bill = issue()
    citizen.post(reverse("billing:confirm", args=[bill.number]), SAID)
    actions.refuse_confirmation(
        confirmation_id=Confirmation.objects.get().pk, answer="Nomor ini milik transfer lain <x>", by=user, now=NOW
    )
    text = text_of(page(citizen, "bill", bill.number))
    assert "Transfer Anda tidak ditemukan" in text and "milik transfer lain &lt;x&gt;" in text and "Beri tahu kami lagi" in text
    citizen.post(reverse("billing:confirm", args=[bill.number]), SAID | {"transfer_number": "FT888999"})
    rows = [Transfer(day=TODAY, amount=150_000, text="SITI FT888999")]
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    assert "Lunas" in text_of(page(citizen, "bill", bill.number)) and Payment.objects.get().rule == "confirmed-transfer"


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("transfer_number", "", "nomor yang tercantum"), ("transfer_number", "---", "nomor yang tercantum"),
    ("transfer_number", "A\x00B", ""), ("transfer_number", "9" * 61, ""), ("day", "2026-13-40", "Tanggal ini tidak ada"),
    ("day", "2027-01-01", "tidak mungkin"), ("day", "1999-01-01", "tidak mungkin"), ("day", "0001-01-01", "tidak mungkin"),
    ("day", "9999-12-31", "tidak mungkin"), ("time", "kemarin", "14:05"),
    ("amount", "0", ""), ("amount", "1,5", "rupiah bulat"), ("amount", "9" * 40, ""), ("amount", "-5", ""),
])
def test_what_cannot_be_right_is_said_at_its_field_and_nothing_is_kept(citizen, issue, account, field, value, sentence):
    answer = citizen.post(reverse("billing:confirm", args=[issue().number]), SAID | {field: value})
    text = answer.content.decode()
    assert answer.status_code == 422 and f'id="id_{field}-error"' in text and sentence in text
    assert not Confirmation.objects.exists()


def test_an_objection_is_kept_once_and_its_answer_stands_on_the_page(citizen, issue, account, user):
    bill = issue()
    address = reverse("billing:dispute", args=[bill.number])
    for bad in ("", "   ", "salah", "x" * 2001, "\x00 keberatan saya"):
        assert citizen.post(address, {"text": bad}).status_code == 422
    assert not Objection.objects.exists()
    for _twice in range(2):
        assert citizen.post(address, {"text": "Kendaraan saya satu, bukan dua."}).status_code == 302
    assert Objection.objects.get().by.name == "Siti Contohwati" and billing.standing(bill).is_disputed
    assert "Keberatan Anda menunggu jawaban" in text_of(page(citizen, "bill", bill.number))
    actions.decide_objection(
        objection_id=Objection.objects.get().pk, is_granted=False, answer="Dua kendaraan terdaftar.", by=user, now=NOW
    )
    text = text_of(page(citizen, "bill", bill.number))
    assert "tidak dikabulkan" in text and "Dua kendaraan terdaftar." in text and address in text


@pytest.mark.parametrize("name", ["confirm", "dispute", "proof", "letter"])
def test_another_person_finds_none_of_the_pages_of_a_bill(stranger, issue, account, name, head):  # noqa: F811
    bill = issue()
    pay(bill)
    address = reverse(f"billing:{name}", args=[bill.number])
    assert stranger.get(address).status_code == 404
    assert stranger.get(reverse("billing:payment_proof", args=[bill.number, Payment.objects.get().pk])).status_code == 404
    for post in ("confirm", "dispute"):
        assert stranger.post(reverse(f"billing:{post}", args=[bill.number]), SAID | {"text": "x" * 20}).status_code == 404


def test_staff_cannot_speak_for_the_payer(treasurer, issue, account):
    bill = issue()
    for name in ("confirm", "dispute"):
        assert treasurer.post(reverse(f"billing:{name}", args=[bill.number]), SAID | {"text": "x" * 20}).status_code == 404
    assert not Confirmation.objects.exists() and not Objection.objects.exists()


def test_a_paid_bill_asks_for_no_transfer(citizen, issue, account):
    bill = issue()
    pay(bill)
    address = reverse("billing:confirm", args=[bill.number])
    assert citizen.get(address).status_code == 302 and citizen.post(address, SAID).status_code == 302
    assert not Confirmation.objects.exists()


def test_the_proof_is_opened_by_its_payer_and_staff_and_by_nobody_else(
    citizen, treasurer, stranger, issue, account, head  # noqa: F811
):
    bill = issue()
    address = reverse("billing:proof", args=[bill.number])
    assert citizen.get(address).status_code == 409
    pay(bill)
    file = citizen.get(address).url
    for browser in (citizen, treasurer):
        assert documents.verify_pdf(browser.get(file).getvalue()).kind == "genuine"
    assert stranger.get(file).status_code == 404
    assert treasurer.get(address).url == file


def test_the_proof_that_cannot_be_signed_is_told_of_kindly(citizen, issue, account):
    bill = issue()
    pay(bill)
    answer = page(citizen, "proof", bill.number)
    assert answer.status_code == 503 and "belum dapat ditandatangani" in answer.content.decode()


def test_the_letter_says_what_is_owed_and_how_long_it_holds(citizen, treasurer, issue, account, channel):
    channel(is_issuing=True)
    bill = issue(kind="retribution", due_on=TODAY - timedelta(days=3))
    for browser in (citizen, treasurer):
        answer = page(browser, "letter", bill.number)
        assert answer["Content-Type"] == "application/pdf"
    from dgs.core.billing.tests.test_proofs import words_in

    words = words_in(answer.content)
    for said in ("Rp 151.500", bill.grouped_code, "1500000016071", "20 Desember 2026", "88 99", "tidak ditandatangani"):
        assert said in words, said
    assert [until.isoformat() for until in channel.shown] == ["2026-12-20T23:59:59+07:00"] * 2
    pay(bill)
    assert "sudah lunas" in words_in(page(citizen, "letter", bill.number).content)


def test_the_list_of_bills_shows_ones_own_oldest_first_with_their_sum(citizen, stranger, issue, account):
    assert "Tidak ada yang perlu dibayar" in text_of(page(citizen, "mine"))
    assert "Anda tidak memiliki tagihan" in text_of(page(citizen, "mine", semua=""))
    old = issue(about="tests.thing:2", title="Yang lama", now=NOW - timedelta(days=50), due_on=TODAY - timedelta(days=1),
                kind="retribution")
    new, paid = issue(title="Yang baru"), issue(about="tests.thing:3", title="Yang lunas")
    pay(paid)
    text = text_of(page(citizen, "mine"))
    assert "2 tagihan perlu dibayar, seluruhnya Rp 301.500" in text
    assert text.index("Yang lama") < text.index("Yang baru") and "Yang lunas" not in text
    assert reverse("billing:bill", args=[old.number]) in text and reverse("billing:bill", args=[new.number]) in text
    assert "Yang lunas" in text_of(page(citizen, "mine", semua=""))
    assert "Yang lama" not in text_of(page(stranger, "mine", semua=""))


@pytest.mark.parametrize("rows", [5, 50])
def test_the_list_of_bills_asks_as_often_for_many_as_for_few(citizen, issue, account, assert_queries, rows):
    for n in range(rows):
        issue(about=f"tests.thing:{n}")
    page(citizen, "mine")
    with assert_queries("billing:mine", rows):
        assert page(citizen, "mine").status_code == 200
    for wrong in ("0", "99999999999999999999", "x", "\x00"):
        assert page(citizen, "mine", page=wrong).status_code == 200


def test_the_api_gives_the_proof_and_what_may_be_paid(issue, account, payer, head):  # noqa: F811
    from types import SimpleNamespace

    from dgs.core.billing import rest

    owner = apps.get_model("accounts", "User").objects.create_user(username="s@contoh.invalid", name="Siti", party=payer)
    bill, request = issue(), SimpleNamespace(auth=owner)
    found = rest.bill(request, bill.number)
    assert found["payable"] == [{"amount": 150_000, "principal": 150_000, "penalty": 0, "instalment": None}]
    billing.take_statement(simulate_transfer(bill, NOW).data, file_name="a", account=None, by=None, now=NOW)
    answer = rest.proof(request, bill.number)
    assert documents.verify_pdf(answer.content).kind == "genuine"
    told = rest.BillOut(**rest.bill(request, bill.number))
    assert told.proof.number == "TBP-2026-000001" and told.payable == [] and told.payments[0].id == Payment.objects.get().pk
