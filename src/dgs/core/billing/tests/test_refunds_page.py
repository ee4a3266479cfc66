"""The page of refunds and of bills overpaid without one: states, reach, the CSV, and that nothing overpaid is missed."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, transaction

from dgs.core.billing import actions, queries
from dgs.core.billing import api as billing
from dgs.core.billing.models import Bill, BillStanding, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY
from dgs.core.billing.tests.test_office import person

PAGE = "/bendahara/restitusi"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def treasurer(db):
    return person("petugas", "billing.view_desk")


@pytest.fixture
def other(db):
    return person("kedua", "billing.approve").user


def bank(amount, text="SETOR", day=TODAY, name="a", opening=0):
    file = mt940_text([Transfer(day=day, amount=amount, text=text)], account="1500000016071", opening=opening)
    billing.take_statement(file.encode(), file_name=name, account=None, by=None, now=NOW)
    return StatementLine.objects.latest("pk")


def overpay(bill, amount, **more):
    line = bank(amount, text=f"SETOR {bill.pk}", name=f"{bill.pk}-{amount}", **more)
    actions.assign_line(line_id=line.pk, bill=bill, note="setoran", with_excess=True, by=None, now=NOW)


def give_back(bill, amount, user, other, **more):
    values = {"to_bank": "Bank Contoh", "to_account": "12345678", "to_holder": "=Siti", "reason": "lebih", "decision_number": "1"}
    return actions.give_back(bill_id=bill.pk, amount=Decimal(amount), by=user, approved_by=other, now=NOW, **values | more)


def adjust(bill, amount=0, penalty=0):
    held = actions.adjusting.hold_bill(bill.pk)
    values = {"kind": "reduction", "reason": "keputusan", "decided_on": TODAY, "now": NOW}
    actions.adjust(held, amount=Decimal(amount), penalty=Decimal(penalty), **values)


def test_a_refund_waits_until_the_bank_has_paid_it(issue, account, treasurer, user, other):
    bill = issue()
    overpay(bill, 200_000)
    over = treasurer.get(PAGE, {"status": "lebih"}).content.decode()
    assert bill.number in over and "Rp\u00a050.000" in over
    refund = give_back(bill, 50_000, user, other)
    assert bill.number not in treasurer.get(PAGE, {"status": "lebih"}).content.decode()
    assert refund.number in treasurer.get(PAGE, {"status": "belum"}).content.decode()
    assert refund.number not in treasurer.get(PAGE, {"status": "sudah"}).content.decode()
    bank(-50_000, text=f"RETUR {refund.number}", name="keluar", opening=200_000)
    assert refund.number in treasurer.get(PAGE, {"status": "sudah"}).content.decode()
    assert treasurer.get(PAGE, {"status": "\x00", "page": "9" * 30}).status_code == 200


def test_a_bill_with_a_refund_proposed_says_so(issue, account, treasurer, user):
    bill = issue()
    overpay(bill, 200_000)
    actions.propose_on_bill(
        bill=bill, act="refund", amount=50_000, reason="lebih", by=user, now=NOW,
        values={"amount": "50000", "to_bank": "B", "to_account": "12345", "to_holder": "S", "decision_number": ""},
    )
    assert "sudah diusulkan" in treasurer.get(PAGE, {"status": "lebih"}).content.decode()


def test_every_way_of_being_overpaid_is_found_and_nothing_else(issue, account, user, other):
    late = {"kind": "retribution", "due_on": date(2026, 9, 30)}
    bills = [issue(amount=1_000_000, about=f"tests.thing:{n}", **late) for n in range(9)]
    for n, amount in enumerate((1_020_000, 1_020_000, 1_020_000, 1_020_000, 1_030_000, 1_030_000, 500_000, 1_020_000)):
        overpay(bills[n], amount)
    adjust(bills[1], penalty=-20_000)  # the penalty is waived after it was paid
    adjust(bills[2], amount=-300_000)  # reduced after it was paid
    adjust(bills[3], amount=-100_000)
    give_back(bills[3], billing.standing(bills[3]).over, user, other)
    give_back(bills[5], 4_000, user, other)
    # A plan whose first part is due later: the penalty that was paid is not owed any more.
    actions.plan_instalments(
        bill_id=bills[7].pk, parts=[(date(2026, 12, 1), Decimal(500_000)), (date(2027, 1, 1), Decimal(500_000))],
        decision_number="", now=NOW,
    )
    found = set(queries.overpaid_bills(None).values_list("pk", flat=True))
    assert found == set(BillStanding.objects.filter(over__gt=0).values_list("bill", flat=True))
    assert found == {bills[n].pk for n in (1, 2, 4, 5, 7)} and billing.check_money().ok


def test_the_look_up_may_use_its_index(issue, account):
    overpay(issue(), 200_000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {queries.overpaid_bills(None).query}".replace("%", "%%"))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "bill_over" in plan


def test_refunds_of_other_offices_are_not_there_nor_in_the_csv(issue, account, office, user, other):
    theirs = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    mine, hidden = issue(about="tests.thing:1"), issue(about="tests.thing:2", office=theirs)
    for bill in (mine, hidden):
        overpay(bill, 200_000 + bill.pk)
        give_back(bill, 50_000, user, other)
    here = person("sini", "billing.view_desk", office=office)
    for status in ("", "belum", "lebih"):
        text = here.get(PAGE, {"status": status}).content.decode()
        assert mine.number in text and hidden.number not in text
    file = b"".join(here.get(f"{PAGE}.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file), delimiter=";"))
    assert len(rows) == 2 and mine.number in rows[1] and "50000" in rows[1]
    assert not any(cell.startswith("=") for cell in rows[1])
    assert apps.get_model("audit", "AuditRow").objects.filter(subject="billing.refunds").exists()
    assert person("kosong", "billing.take_cash").get(PAGE).status_code == 403


@pytest.mark.parametrize("rows", [3, 12])
def test_the_page_asks_the_same_number_of_queries_for_few_and_many(issue, account, treasurer, user, other, assert_queries, rows):
    for n in range(rows):
        bill = issue(about=f"tests.thing:{n}")
        overpay(bill, 200_000 + n)
        give_back(bill, 10_000, user, other)
    with assert_queries("billing:refunds", rows):
        treasurer.get(PAGE)
    with assert_queries("billing:refunds?status=lebih", rows):
        treasurer.get(PAGE, {"status": "lebih"})
    assert Bill.objects.count() == rows


def test_the_payer_sees_what_goes_back_and_what_is_reduced_to_nought_is_not_paid(issue, account, payer, client, user, other):
    citizen = apps.get_model("accounts", "User").objects.create_user(username="siti@contoh.invalid", name="Siti", party=payer)
    client.force_login(citizen)
    bill = issue()
    overpay(bill, 200_000)
    give_back(bill, 50_000, user, other)
    page = client.get(f"/tagihan/{bill.number}").content.decode()
    assert "Rp\u00a0200.000 sudah diterima" in page and "Rp\u00a050.000 dikembalikan kepada Anda" in page
    nought = issue(about="tests.thing:2")
    with transaction.atomic():
        adjust(nought, amount=-150_000)
    page = client.get(f"/tagihan/{nought.number}").content.decode()
    assert "Tidak ada yang perlu dibayar" in page and "Terima kasih" not in page
