"""The work list beside bank lines: channel money without a bill, money that does not come, and messages that are missing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import api as billing
from dgs.core.billing import queries
from dgs.core.billing.models import BankAccount, Payment, Proposal, Receipt, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY

THURSDAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def browser_of(client_class, name, permissions):
    role = Role.objects.create(code=name, title=name, permissions=permissions, is_staff=True)
    person = apps.get_model("accounts", "User").objects.create_user(
        username=f"{name}@contoh.invalid", name=f"{name.title()} Contoh", password="rahasia-sekali-1"
    )
    Grant.objects.create(user=person, role=role, valid_from=date(2026, 1, 1))
    browser = client_class()
    browser.force_login(person)
    return browser


@pytest.fixture
def treasurer(db):
    from django.test import Client

    return browser_of(Client, "bendahara", ["billing.view_desk", "billing.resolve_line"])


@pytest.fixture
def second(db):
    from django.test import Client

    return browser_of(Client, "kedua", ["billing.approve"])


def told(bill, account, *, amount=150_000, day=TODAY, number=1, channel="va"):
    happened = NOW.replace(year=day.year, month=day.month, day=day.day)
    done = billing.receive(
        channel=channel, source=f"tests:{number}", bill_id=bill.pk if bill else None, amount=Decimal(amount),
        reference=f"FT2632000{number}", happened_at=happened, now=happened, account=account,
    )
    return Receipt.objects.get(pk=done.receipt_id)


def tell(account, *transfers):
    billing.take_statement(mt940_text(transfers, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)


def approve(browser):
    proposal = Proposal.objects.get(decided_at=None)
    return browser.post(reverse("billing:proposals"), {"proposal": proposal.pk, "decision": "approve"})


def test_money_that_does_not_come_is_listed_after_its_bank_days_and_not_before(issue, account):
    bill = issue()
    told(bill, account, day=THURSDAY)
    # Friday and Monday are the two bank days; Saturday and Sunday are none.
    assert not queries.waiting("overdue", date(2026, 11, 23)).exists()
    assert queries.waiting("overdue", date(2026, 11, 24)).count() == 1
    BankAccount.objects.filter(pk=account.pk).update(settles_in_days=3)
    assert not queries.waiting("overdue", date(2026, 11, 24)).exists()


def test_the_list_shows_channel_money_without_a_bill_and_a_second_person_applies_it(treasurer, second, issue, account):
    bill, other = issue(), issue(about="tests.thing:2")
    told(bill, account, number=1, channel="qris")
    twice = told(bill, account, number=2, channel="qris")
    assert twice.unapplied == 150_000
    text = treasurer.get(reverse("billing:worklist")).content.decode()
    assert "uang kanal tanpa tagihan" in text and twice.reference in text
    where = reverse("billing:receipt", args=[twice.pk])
    assert "150.000" in treasurer.get(where).content.decode()
    form = {"assign": "1", "pasang-bill": other.number, "pasang-note": "tagihan lain orang yang sama"}
    assert treasurer.post(where, form).status_code == 302
    assert billing.standing(other).state == "open"
    assert approve(second).status_code == 302
    assert billing.standing(other).state == "paid" and not queries.waiting("unapplied", TODAY).exists()
    assert billing.check_money().ok


def test_money_given_back_leaves_the_list_and_the_books_agree_when_the_bank_pays_it(treasurer, second, issue, account):
    bill = issue()
    told(bill, account, number=1, channel="qris")
    twice = told(bill, account, number=2, channel="qris")
    where = reverse("billing:receipt", args=[twice.pk])
    form = {"settle": "1", "selesai-act": "returned", "selesai-note": "dikembalikan ke pembayar"}
    assert treasurer.post(where, form).status_code == 302 and approve(second).status_code == 302
    came = [Transfer(day=TODAY, amount=150_000, text=f"QR FT2632000{n}") for n in (1, 2)]
    tell(account, *came, Transfer(day=TODAY, amount=-150_000, text="KEMBALI", mark="D"))
    line = StatementLine.objects.get(amount=-150_000)
    form = {"settle": "1", "selesai-outcome": "returned", "selesai-note": "dikembalikan ke pembayar"}
    assert treasurer.post(reverse("billing:line", args=[line.pk]), form).status_code == 302 and approve(second).status_code == 302
    from dgs.core.ledger import api as ledger

    held = ledger.held(TODAY, ["returned", "unidentified", "transit", "treasury"])
    assert (held["returned"], held["unidentified"], held["transit"], held["treasury"]) == (0, 0, 0, 150_000)
    assert billing.check_money().ok
    # What was explained is not withdrawn by a late word of the channel.
    billing.withdraw(source="tests:2", reason="dibatalkan", now=NOW)
    assert billing.check_money().ok and not Receipt.objects.filter(amount__lt=0).exists()


def test_money_that_never_came_is_withdrawn_and_its_bill_is_open_again(treasurer, second, issue, account):
    bill = issue()
    lost = told(bill, account, day=THURSDAY)
    assert billing.standing(bill).state == "paid"
    form = {"settle": "1", "selesai-act": "withdraw", "selesai-note": "bank menyatakan gagal"}
    assert treasurer.post(reverse("billing:receipt", args=[lost.pk]), form).status_code == 302
    assert approve(second).status_code == 302
    assert billing.standing(bill).state == "open" and billing.check_money().ok
    assert not queries.waiting("overdue", date(2026, 12, 1)).exists()


def test_what_the_channel_kept_is_booked_as_its_charge(treasurer, second, issue, account):
    receipt = told(issue(), account, day=THURSDAY)
    tell(account, Transfer(day=TODAY, amount=149_000, text="VA GABUNGAN 77"))
    line = StatementLine.objects.get()
    form = {"brings": "1", "titip-receipts": [receipt.pk], "titip-note": "dipotong biaya"}
    assert treasurer.post(reverse("billing:line", args=[line.pk]), form).status_code == 302 and approve(second).status_code == 302
    receipt.refresh_from_db()
    assert receipt.unsettled == 1_000
    form = {"settle": "1", "selesai-act": "bank_charges", "selesai-note": "biaya kanal"}
    assert treasurer.post(reverse("billing:receipt", args=[receipt.pk]), form).status_code == 302
    assert approve(second).status_code == 302
    receipt.refresh_from_db()
    assert receipt.unsettled == 0 and billing.check_money().ok


def test_a_virtual_account_paid_without_its_message_is_listed_until_somebody_notes_it(treasurer, issue, account):
    told(issue(about="tests.thing:9"), account, number=9)
    bill, plain = issue(), issue(about="tests.thing:2")
    tell(account, Transfer(day=THURSDAY, amount=150_000, text=f"8808{bill.payment_code} VA"),
         Transfer(day=THURSDAY, amount=150_000, text=plain.payment_code))
    assert billing.standing(bill).state == billing.standing(plain).state == "paid"
    found = queries.waiting("untold", date(2026, 11, 24))
    assert [one.bill_id for one in found] == [bill.pk]
    text = treasurer.get(reverse("billing:worklist"), {"temuan": "untold"}).content.decode()
    assert bill.number in text and plain.number not in text
    payment = Payment.objects.get(bill=bill)
    assert treasurer.post(reverse("billing:seen", args=[payment.pk]), {"note": "x"}).status_code == 422
    assert treasurer.post(reverse("billing:seen", args=[payment.pk]), {"note": "bank sudah ditanya"}).status_code == 302
    assert not queries.waiting("untold", date(2026, 11, 24)).exists()
    assert treasurer.post(reverse("billing:seen", args=[payment.pk]), {"note": "sekali lagi"}).status_code == 404


def test_a_message_that_comes_late_takes_its_payment_off_the_list(issue, account):
    told(issue(about="tests.thing:9"), account, number=9)
    bill = issue()
    tell(account, Transfer(day=THURSDAY, amount=150_000, text=f"8808{bill.payment_code} VA"))
    assert queries.waiting("untold", date(2026, 11, 24)).count() == 1
    told(bill, account, number=2, day=THURSDAY)
    assert not queries.waiting("untold", date(2026, 11, 24)).exists() and billing.check_money().ok


@pytest.mark.parametrize("act", ["", "opening", "withdraw:1", "returned"])
def test_only_acts_that_are_offered_are_taken(treasurer, issue, account, act):
    receipt = told(issue(), account)
    form = {"settle": "1", "selesai-act": act, "selesai-note": "mencoba saja"}
    assert treasurer.post(reverse("billing:receipt", args=[receipt.pk]), form).status_code == 422
    assert not Proposal.objects.exists()


def test_another_offices_money_is_not_found(issue, account, office):
    from django.test import Client

    browser = browser_of(Client, "lain", ["billing.resolve_line"])
    region = apps.get_model("regions", "Region").objects.get(code="16.07")
    elsewhere = apps.get_model("organisations", "Office").objects.create(
        slug="lain", kind="health", name="Dinas Lain", short_name="Lain", region=region
    )
    grant = Grant.objects.get(role__code="lain")
    grant.office = elsewhere
    grant.save()
    receipt = told(issue(), account, day=TODAY - timedelta(days=9))
    assert browser.get(reverse("billing:receipt", args=[receipt.pk])).status_code == 404
    assert receipt.reference not in browser.get(reverse("billing:worklist"), {"temuan": "overdue"}).content.decode()


def test_one_sum_pays_the_bills_of_a_payer_the_oldest_first(treasurer, second, issue, account):
    late = issue(about="tests.thing:1", due_on=date(2026, 11, 30))
    later = issue(about="tests.thing:2", amount=100_000, due_on=date(2026, 12, 10))
    last = issue(about="tests.thing:3", amount=70_000, due_on=date(2026, 12, 20))
    tell(account, Transfer(day=TODAY, amount=260_000, text="SITI BAYAR SEMUA"))
    line = StatementLine.objects.get()
    form = {"assign": "1", "pasang-bill": last.number, "pasang-oldest_first": "true", "pasang-note": "semua tagihan Siti"}
    assert treasurer.post(reverse("billing:line", args=[line.pk]), form).status_code == 302
    assert "260.000" in second.get(reverse("billing:proposals")).content.decode()
    assert approve(second).status_code == 302
    assert [billing.standing(one).paid for one in (late, later, last)] == [150_000, 100_000, 10_000]
    assert billing.standing(last).state == "part" and billing.check_money().ok
    tell(account, Transfer(day=TODAY, amount=260_000, text="SITI BAYAR SEMUA"), Transfer(day=TODAY, amount=90_000, text="LEBIH"))
    more = StatementLine.objects.get(amount=90_000)
    assert treasurer.post(reverse("billing:line", args=[more.pk]), form).status_code == 302 and approve(second).status_code == 302
    more.refresh_from_db()
    assert more.rest == 30_000 and billing.standing(last).state == "paid" and billing.check_money().ok
    assert treasurer.post(reverse("billing:line", args=[more.pk]), form).status_code == 409
