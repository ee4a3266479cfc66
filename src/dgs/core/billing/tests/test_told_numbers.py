"""What a told transfer number proves, and what it does not: anybody may tell anything."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.models import Payment, StatementLine
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY
from dgs.core.billing.transfer_numbers import pattern_of, words_where


def take(*rows, opening=0):
    data = mt940_text(list(rows), account=NUMBER, opening=opening).encode()
    return billing.take_statement(data, file_name="a.sta", account=None, by=None, now=NOW)


def tell(bill, number, amount=150_000):
    return actions.confirm_transfer(
        bill=bill, transfer_number=number, transferred_at=NOW - timedelta(hours=1), amount=Decimal(amount), channel="web", now=NOW
    )


@pytest.mark.parametrize(
    ("number", "text", "is_there"),
    [
        ("FT26327ABC9", "TRSF FT26327ABC9 SITI", True), ("ft-26327 abc9", "TRSF FT26327ABC9 SITI", True),
        ("0026327123999", "26327123999", True), ("FT26327ABC9", "REF:FT 26327-ABC9.", True),
        ("FT26327ABC", "TRSF FT26327ABC9 SITI", False), ("T26327ABC9", "TRSF FT26327ABC9 SITI", False),
        ("26327123999", "126327123999", False), ("123456", "SETORAN 123456", False), ("SETORAN1", "SETORAN1 TUNAI", False),
        ("1500000016071", "KE 1500000016071", False), ("", "", False),
    ],
)
def test_a_number_proves_a_transfer_only_when_it_stands_there_whole(number, text, is_there):
    assert bool(words_where(pattern_of(number, {NUMBER}), text)) is is_there


def test_what_two_payers_claim_a_person_decides(issue, account):
    tell(issue(), "FT26327ABC9")
    tell(issue(about="tests.thing:2"), "FT26327-ABC9")
    take(Transfer(day=TODAY, amount=150_000, text="TRSF FT26327ABC9 SITI"))
    assert not Payment.objects.exists() and StatementLine.objects.get().rest == 150_000


def test_a_code_that_a_bank_repeats_is_no_number_of_a_transfer(issue, account):
    take(Transfer(day=TODAY - timedelta(days=1), amount=75_000, text="TRSF E-BANKING CR WS95271 BUDI"))
    tell(issue(), "WS95271")
    take(Transfer(day=TODAY, amount=150_000, text="TRSF E-BANKING CR WS95271 SITI"), opening=75_000)
    assert not Payment.objects.exists()
    tell(issue(about="tests.thing:2"), "WS-95271")
    assert not Payment.objects.exists()


def test_a_code_repeated_in_one_file_proves_nothing_either(issue, account):
    tell(issue(), "WS95271")
    take(*(Transfer(day=TODAY, amount=amount, text=f"CR WS95271 {amount}") for amount in (150_000, 9_000)))
    assert not Payment.objects.exists()


def test_two_who_tell_of_a_line_that_is_there_are_compared(issue, account):
    first, second = issue(amount=140_000), issue(about="tests.thing:2")
    tell(first, "FT26327ABC9", 150_000)  # does not fit its bill: it waits
    take(Transfer(day=TODAY, amount=150_000, text="FT26327ABC9"))
    tell(second, "FT26327ABC9")
    assert not Payment.objects.exists()
