"""What the treasurer's desk says of the bank and of a day: balances that differ, silence, a day's report, ageing, STS, search."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.apps import apps
from django.core.cache import cache
from django.urls import reverse
from openpyxl import load_workbook

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions, queries
from dgs.core.billing import api as billing
from dgs.core.billing.models import Payment, Receipt, Settlement
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY, fee
from dgs.core.ledger.actions import close_period, fold_totals
from dgs.core.ledger.models import Total


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def treasurer(client, user):
    role = Role.objects.create(
        code="treasurer", title="Bendahara", is_staff=True,
        permissions=["billing.view_desk", "billing.take_statement", "billing.resolve_line"],
    )
    Grant.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    client.force_login(user)
    return client


def tell(account, day, amount, opening, text="ENTAH"):
    rows = [Transfer(day=day, amount=amount, text=f"{text} {day}")]
    data = mt940_text(rows, account=account.number, opening=opening, number=f"{day:%j}/1").encode()
    billing.take_statement(data, file_name="a", account=None, by=None, now=NOW)


def test_a_missing_statement_is_a_difference_with_the_day_after_which_it_is_missing(account):
    first = TODAY - timedelta(days=6)
    tell(account, first, 5_000, 1_000)
    tell(account, first + timedelta(days=1), 700, 6_000)
    [found] = queries.bank_and_books(TODAY)
    assert (found.bank, found.books, found.difference) == (6_700, 6_700, 0) and found.agreed_on is None
    # Wednesday to Friday are silent; the day itself is not over.
    assert found.last_on == date(2026, 11, 18) and found.silent_days == 2
    tell(account, TODAY - timedelta(days=3), 90, 8_000)
    [found] = queries.bank_and_books(TODAY)
    assert (found.difference, found.agreed_on) == (1_300, date(2026, 11, 18))
    tell(account, date(2026, 11, 19), 1_300, 6_700)
    assert queries.bank_and_books(TODAY)[0].difference == 0


def test_the_desk_shows_the_difference_in_red_words(treasurer, account):
    tell(account, TODAY - timedelta(days=1), 5_000, 0)
    tell(account, TODAY, 90, 7_000)
    text = treasurer.get(reverse("billing:desk")).content.decode()
    assert "Rp\u00a02.000</span>" in text and "terakhir sama pada 22\u00a0Nov\u00a02026" in text


@pytest.mark.parametrize("asked", ["FT263", "ft26330xyz", "XYZ9 setoran", "sito"])
def test_a_bank_line_is_found_by_the_beginning_of_its_words(treasurer, account, asked):
    rows = [Transfer(day=TODAY, amount=9_000, text="SETORAN SITO", reference="FT26330XYZ9")]
    rows[0] = Transfer(day=TODAY, amount=9_000, text="SETORAN XYZ9/SITO", reference="FT26330XYZ9")
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    assert len(queries.find_money(asked, None).lines) == 1
    assert not queries.find_money(asked, {1}).lines
    assert not queries.find_money("XYZ8", None)
    for printed in ("9.000", "Rp 9.000", "Rp\u00a09.000", "rp9000"):
        assert len(queries.find_money(printed, None).lines) == 1


def test_a_frequent_word_shows_the_newest_lines(account, monkeypatch):
    monkeypatch.setattr("dgs.core.billing.queries.search.RARE", 3)
    rows = [Transfer(day=TODAY - timedelta(days=9 - n), amount=9_000 + n, text=f"SETORAN {n}") for n in range(6)]
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    found = queries.find_money("setoran", None, limit=4).lines
    assert [line.amount for line in found] == [9_005, 9_004, 9_003, 9_002]


@pytest.mark.parametrize("asked", ["'; DROP TABLE x", "& | ! ( )", "\x00", "a" * 500, "：", "9" * 400, "%_", "<->"])
def test_no_search_breaks_the_desk(treasurer, account, asked):
    assert treasurer.get(reverse("billing:desk"), {"q": asked}).status_code == 200


def test_a_bill_is_found_by_its_virtual_account(issue):
    bill = issue()
    assert [one.pk for one in queries.find_money(f"88081234{bill.payment_code}", None).bills] == [bill.pk]
    assert [one.pk for one in queries.find_money(bill.grouped_code, None).bills] == [bill.pk]


def test_the_report_of_a_day_adds_up_on_the_page_and_in_the_file(treasurer, issue, account):
    first, second = issue(), issue(about="tests.thing:2", amount=80_000)
    for number, bill in enumerate((first, second)):
        billing.receive(
            channel=("va", "qris")[number], source=f"t:{number}", bill_id=bill.pk, amount=bill.total, reference=f"R{number}",
            happened_at=NOW, now=NOW, account=account,
        )
    report = queries.day_report(TODAY)
    assert report.amount == 230_000 and report.held["transit"] == 230_000
    assert [(code, amount) for code, _label, amount in report.channels] == [("va", 150_000), ("qris", 80_000)]
    address = reverse("billing:day")
    assert "Rp\u00a0230.000" in treasurer.get(address, {"hari": "2026-11-23"}).content.decode()
    assert "Tidak ada penerimaan" in treasurer.get(address, {"hari": "2026-11-22"}).content.decode()
    assert treasurer.get(address, {"hari": "0000-99-99", "opd": "../x"}).status_code == 200
    answer = treasurer.get(reverse("billing:day_export", args=["xlsx"]), {"hari": "2026-11-23"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert sum(row[-1] for row in rows[1:]) == 230_000
    assert treasurer.get(reverse("billing:day_export", args=["pdf"])).status_code == 404


def test_receivables_stand_under_how_long_they_are_late(treasurer, issue):
    for number, days in enumerate((-5, 0, 1, 30, 31, 400, 2000)):
        issue(about=f"tests.thing:{number}", amount=1_000 * 2**number, due_on=TODAY - timedelta(days=days))
    [found] = queries.receivables(TODAY)
    assert found.amounts == [3_000, 12_000, 16_000, 0, 0, 32_000, 0, 64_000] and found.counts == [2, 2, 1, 0, 0, 1, 0, 1]
    text = treasurer.get(reverse("billing:receivables")).content.decode()
    assert "Rp\u00a0127.000" in text and "lebih dari 5 tahun" in text
    answer = treasurer.get(reverse("billing:receivables_export", args=["csv"]))
    assert "64000" in b"".join(answer.streaming_content).decode()


def test_a_bill_in_parts_stands_in_receivables_where_its_own_page_says_how_late_it_is(issue, account, user):
    bills = [issue(about=f"tests.thing:{n}", amount=100_000, due_on=TODAY - timedelta(days=40)) for n in range(3)]
    for bill, first in zip(bills[:2], (TODAY + timedelta(days=30), TODAY - timedelta(days=10)), strict=True):
        parts = [(first, Decimal(40_000)), (first + timedelta(days=60), Decimal(60_000))]
        actions.plan_instalments(bill_id=bill.pk, parts=parts, decision_number="", by=user, now=NOW - timedelta(days=20))
    [found] = queries.receivables(TODAY)
    assert [billing.standing(bill).is_late for bill in bills] == [False, True, True]
    assert found.amounts[:3] == [100_000, 100_000, 100_000] and found.counts[:3] == [1, 1, 1]
    billing.receive(
        channel="va", source="tests:1", bill_id=bills[1].pk, amount=Decimal(40_000), reference="R", happened_at=NOW, now=NOW,
        account=account,
    )
    cache.clear()
    [found] = queries.receivables(TODAY)
    assert not billing.standing(bills[1]).is_late
    assert found.amounts[:3] == [160_000, 0, 100_000] and found.counts[:3] == [2, 0, 1] and found.amount == 260_000


def test_a_deposit_slip_says_what_the_cash_was_for(treasurer, issue, account, office):
    User = apps.get_model("accounts", "User")
    cashier, second = (
        User.objects.create_user(username=f"{n}@contoh.invalid", name=n, password="rahasia-sekali-1") for n in ("kasir", "dua")
    )
    bill = issue()
    shift = actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=cashier, now=NOW)
    actions.take_cash(bill_id=bill.pk, amount=bill.total, tendered=bill.total, token="a" * 32, by=cashier, now=NOW)
    actions.close_shift(notes={100_000: 1, 50_000: 1}, reason="", by=cashier, now=NOW)
    given = actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW)
    actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=second, now=NOW)
    parts = []
    for number, amount in enumerate((100_000, 50_000)):
        made = actions.deposit(office=office, amount=Decimal(amount), account=account, token=f"{number}" * 32, by=second, now=NOW)
        parts.append(queries.deposit_parts(made))
    assert parts == [[("4.1.02.03.03.0001", parts[0][0][1], 100_000)], [("4.1.02.03.03.0001", parts[0][0][1], 50_000)]]
    made = Receipt.objects.filter(channel="deposit").order_by("pk").first()
    text = treasurer.get(reverse("billing:deposit_slip", args=[made.pk])).content.decode()
    assert made.reference in text and "Seratus ribu rupiah" in text
    assert treasurer.get(reverse("billing:deposit_slip", args=[made.pk + 10_000])).status_code == 404
    billing.withdraw(source=made.source, reason="bank tutup", now=NOW)
    text = treasurer.get(reverse("billing:deposit_slip", args=[made.pk])).content.decode()
    assert "DICABUT" in text and "bank tutup" in text and "Teller bank" not in text
    day = treasurer.get(reverse("billing:day"), {"hari": str(TODAY)}).content.decode()
    assert made.reference in day and "dicabut" in day and day.count("ditemukan") == 1


def test_what_is_missing_of_one_hand_over_does_not_move_what_later_deposits_are_made_of(issue, account, office):
    User = apps.get_model("accounts", "User")
    cashier, second = (User.objects.create_user(username=f"{n}@contoh.invalid", name=n) for n in ("kasir", "dua"))
    parts = []
    for number, (revenue, counted) in enumerate((("4.1.02.03.03.0001", 90_000), ("4.1.02.03.01.0001", 100_000))):
        bill = issue(about=f"tests.thing:{number}", lines=[fee(100_000, account=revenue)])
        now, token = NOW + timedelta(minutes=number), f"{number}" * 32
        shift = actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=cashier, now=now)
        actions.take_cash(bill_id=bill.pk, amount=bill.total, tendered=bill.total, token=token, by=cashier, now=now)
        actions.close_shift(notes={100_000: 1}, reason="", by=cashier, now=now)
        given = actions.hand_over(shift_id=shift.pk, by=cashier, now=now)
        actions.accept_hand_over(hand_over_id=given.pk, counted=Decimal(counted), note="kurang selembar", by=second, now=now)
        made = actions.deposit(office=office, amount=Decimal(counted), account=account, token=token, by=second, now=now)
        parts.append([(code, amount) for code, _name, amount in queries.deposit_parts(made)])
    assert parts == [[("4.1.02.03.03.0001", 90_000)], [("4.1.02.03.01.0001", 100_000)]]


def test_what_a_statement_brings_for_closed_days_has_its_entries(issue, account):
    paid, told = ([issue(about=f"tests.{kind}:{n}") for n in range(3)] for kind in ("paid", "told"))
    for n, bill in enumerate(told):
        billing.receive(
            channel="va", source=f"t:{n}", bill_id=bill.pk, amount=bill.total, reference=f"REF{n}0001", account=account, now=NOW,
            happened_at=NOW - timedelta(days=5),
        )
    close_period(kind="day", through=TODAY - timedelta(days=3), note="", now=NOW, by=None)
    days = (TODAY - timedelta(days=5), TODAY - timedelta(days=4), TODAY - timedelta(days=4))
    lines = [Transfer(day=day, amount=150_000, text=bill.payment_code) for day, bill in zip(days, paid, strict=True)]
    lines += [Transfer(day=day, amount=150_000, text="VA", reference=f"REF{n}0001") for n, day in enumerate(days)]
    text = mt940_text(sorted(lines, key=lambda line: line.day), account=account.number)
    billing.take_statement(text.encode(), file_name="a", account=None, by=None, now=NOW)
    assert Settlement.objects.count() == 3 == Payment.objects.exclude(line=None).count() and billing.check_money().problems == ()


def test_lanes_put_together_keep_every_sum(issue, account):
    billing.receive(
        channel="va", source="t:1", bill_id=issue().pk, amount=Decimal(150_000), reference="R", happened_at=NOW, now=NOW,
        account=account,
    )
    one = Total.objects.filter(account="transit").first()
    Total.objects.filter(pk=one.pk).update(lane=7)
    before = queries.cash_held(TODAY)
    assert fold_totals(today=TODAY) == 0 and Total.objects.filter(lane=7).exists()
    assert fold_totals(today=TODAY + timedelta(days=1)) == 1
    assert not Total.objects.exclude(lane=0).exists() and queries.cash_held(TODAY) == before and billing.check_money().ok
