"""The treasurer's page of confirmations: order, age, bank lines it might be, refusing, proposing, and the offices' reach."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.models import Confirmation, Payment, Proposal, StatementLine
from dgs.core.billing.queries import overdue_before
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY
from dgs.core.billing.tests.test_office import approve, person

PAGE = "/bendahara/konfirmasi"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def treasurer(db):
    return person("bendahara", "billing.view_desk", "billing.resolve_line")


@pytest.fixture
def second(db):
    return person("kedua", "billing.view_desk", "billing.approve")


def tell(bill, number="FT26330ABC", days_ago=0, amount=150_000, **more):
    values = {
        "bill": bill, "transfer_number": number, "transferred_at": NOW - timedelta(days=days_ago, hours=1),
        "amount": Decimal(amount), "channel": "web", "now": NOW,
    } | more
    return actions.confirm_transfer(**values)


def bank(*transfers, name="a", opening=0):
    text = mt940_text(transfers, account="1500000016071", opening=opening)
    return billing.take_statement(text.encode(), file_name=name, account=None, by=None, now=NOW)


def test_what_the_bank_has_not_booked_in_three_bank_days_comes_first_and_is_marked(issue, account, treasurer):
    fresh, old, older = (issue(about=f"tests.thing:{n}") for n in range(3))
    tell(fresh, number="BARU-1")
    tell(old, number="LAMA-1", days_ago=6)
    tell(older, number="LAMA-2", days_ago=9, now=NOW + timedelta(minutes=1))
    text = treasurer.get(PAGE).content.decode()
    assert text.index("LAMA-1") < text.index("LAMA-2") < text.index("BARU-1")
    assert text.count("3 hari kerja bank") >= 3
    late = treasurer.get(PAGE, {"umur": "lewat"}).content.decode()
    assert "LAMA-1" in late and "BARU-1" not in late
    new = treasurer.get(PAGE, {"umur": "baru"}).content.decode()
    assert "BARU-1" in new and "LAMA-1" not in new
    assert treasurer.get(PAGE, {"umur": "\x00", "page": "zz"}).status_code == 200


@pytest.mark.parametrize(
    ("today", "last"),
    # 23 November 2026 is a Monday: of a transfer of Tuesday, Wednesday to Friday have gone by and Monday is the fourth day.
    [
        (date(2026, 11, 23), date(2026, 11, 17)), (date(2026, 11, 27), date(2026, 11, 23)),
        (date(2026, 11, 22), date(2026, 11, 16)),
    ],
)
def test_bank_days_are_working_days(db, today, last):
    assert overdue_before(today) == last


def test_only_lines_over_the_amount_near_the_day_are_offered(issue, account, treasurer):
    tell(issue(amount=200_000), days_ago=1)
    bank(
        Transfer(day=TODAY - timedelta(days=1), amount=150_000, text="DEKAT"),
        Transfer(day=TODAY - timedelta(days=20), amount=150_000, text="JAUH"),
        Transfer(day=TODAY, amount=150_001, text="LAINNYA"),
        Transfer(day=TODAY, amount=-150_000, text="KELUAR"),
    )
    text = treasurer.get(PAGE).content.decode()
    assert "DEKAT" in text and not any(word in text for word in ("JAUH", "LAINNYA", "KELUAR"))


def test_a_line_that_carries_the_number_is_marked_and_proposed_and_answers_the_payer(issue, account, treasurer, second):
    bill = issue(amount=200_000)
    one = tell(bill)  # a part of the bill: no rule pays it by itself
    bank(
        Transfer(day=TODAY, amount=150_000, text="TRF LAIN"),
        Transfer(day=TODAY - timedelta(days=2), amount=150_000, text="ft26330-abc BUDI"),
    )
    text = treasurer.get(PAGE).content.decode()
    assert text.index("ft26330-abc") < text.index("TRF LAIN") and text.count("memuat nomor ini") == 1
    line = StatementLine.objects.get(text__contains="ft26330-abc")
    assert treasurer.post(PAGE, {"confirmation": one.pk, "line": line.pk}).status_code == 302
    assert "sudah diusulkan" in treasurer.get(PAGE).content.decode()
    assert treasurer.post(PAGE, {"confirmation": one.pk, "line": line.pk}).status_code == 409
    assert Proposal.objects.count() == 1 and not Payment.objects.exists()
    assert approve(second).status_code == 302
    one.refresh_from_db()
    assert one.outcome == "found" and billing.standing(bill).remaining == 50_000 and billing.check_money().ok


def test_only_a_line_that_is_offered_can_be_proposed(issue, account, treasurer):
    one = tell(issue(amount=200_000))
    bank(Transfer(day=TODAY, amount=99_000, text="LAIN"))
    for key in (StatementLine.objects.get().pk, "0", "x", "9" * 40, ""):
        assert treasurer.post(PAGE, {"confirmation": one.pk, "line": key}).status_code == 404
    assert not Proposal.objects.exists()


def test_refusing_needs_a_reason_and_tells_it_once(issue, account, treasurer):
    one = tell(issue())
    empty = treasurer.post(PAGE, {"confirmation": one.pk, "refuse": "1", "canned": "", "words": " "})
    assert empty.status_code == 422 and "Pilih atau tulis" in empty.content.decode()
    wrong = treasurer.post(PAGE, {"confirmation": one.pk, "refuse": "1", "canned": "tidak-ada", "words": "a\x00b"})
    assert wrong.status_code == 422
    done = treasurer.post(PAGE, {"confirmation": one.pk, "refuse": "1", "canned": "rekening", "words": "Lihat  buktinya."})
    assert done.status_code == 302
    one.refresh_from_db()
    assert one.outcome == "refused" and one.answer.startswith("Transfer") and one.answer.endswith("Lihat buktinya.")
    again = treasurer.post(PAGE, {"confirmation": one.pk, "refuse": "1", "canned": "jumlah", "words": ""})
    assert again.status_code == 302
    one.refresh_from_db()
    assert one.answer.endswith("Lihat buktinya.")


def test_confirmations_and_lines_of_other_offices_are_not_there(issue, account, office, db):
    other = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    mine, theirs = issue(about="tests.thing:1"), issue(about="tests.thing:2", office=other)
    tell(mine, number="MILIK-1"), tell(theirs, number="MILIK-2")
    # Too little for the bill of the other office, whose code it carries.
    code = issue(about="tests.thing:3", amount=900_000, office=other).payment_code
    bank(Transfer(day=TODAY, amount=150_000, text=f"RAHASIA {code}"))
    here = person("sini", "billing.resolve_line", office=office)
    text = here.get(PAGE).content.decode()
    assert "MILIK-1" in text and "MILIK-2" not in text and "RAHASIA" not in text
    there = Confirmation.objects.get(transfer_number="MILIK-2")
    assert here.post(PAGE, {"confirmation": there.pk, "refuse": "1", "canned": "jumlah"}).status_code == 404
    assert here.post(PAGE, {"confirmation": Confirmation.objects.get(transfer_number="MILIK-1").pk,
                            "line": StatementLine.objects.get().pk}).status_code == 404
    there.refresh_from_db()
    assert there.answered_at is None and not Proposal.objects.exists()
    nobody = person("kosong", "billing.view_desk")
    assert nobody.get(PAGE).status_code == 403


@pytest.mark.parametrize("rows", [5, 30])
def test_the_page_asks_the_same_number_of_queries_for_few_and_many(issue, account, treasurer, assert_queries, rows):
    for n in range(rows):
        tell(issue(about=f"tests.thing:{n}", amount=200_000), number=f"FT2633{n:04d}")
    bank(*[Transfer(day=TODAY, amount=150_000, text=f"TRF {n}") for n in range(6)])
    with assert_queries("billing:confirmations", rows):
        assert treasurer.get(reverse("billing:confirmations")).status_code == 200
