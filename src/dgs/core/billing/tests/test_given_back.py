"""Money that was given back is not taken back once more, and what payers told is answered by whatever channel pays."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import CashAmountChanged, RefundStands
from dgs.core.billing.forms.fields import Rupiah
from dgs.core.billing.models import Payment, Receipt
from dgs.core.billing.queries import check_money, find_bills, find_money
from dgs.core.billing.tests.conftest import NOW, TODAY


def receive(bill, amount, source, channel="va"):
    return billing.receive(
        channel=channel, source=source, bill_id=bill.pk, amount=Decimal(amount), reference=source, happened_at=NOW, now=NOW
    )


@pytest.fixture
def overpaid(issue, account, user, other):
    """A bill over 150,000: paid once by virtual account, once more by a receipt that was applied beyond it and given back."""
    bill = issue()
    receive(bill, 150_000, "tests:1")
    second = receive(bill, 150_000, "tests:2", "qris")
    actions.assign_receipt(
        receipt_id=second.receipt_id, bill=bill, note="dobel", by=user, approved_by=other, now=NOW, with_excess=True
    )
    actions.give_back(
        bill_id=bill.pk, amount=Decimal(150_000), to_bank="Bank Contoh", to_account="123456", to_holder="Siti", reason="dobel",
        decision_number="1", now=NOW, by=user, approved_by=other,
    )
    return bill


def test_what_was_given_back_cannot_be_taken_back_below_it(overpaid, user):
    first, second = Payment.objects.order_by("pk")
    actions.take_back_payment(payment_id=first.pk, reason="salah orang", now=NOW, by=user)
    with pytest.raises(RefundStands):
        actions.take_back_payment(payment_id=second.pk, reason="salah orang", now=NOW, by=user)
    assert check_money().ok


def test_a_channel_that_withdraws_what_was_given_back_leaves_it_on_the_work_list(overpaid):
    assert billing.withdraw(source="tests:1", reason="dibatalkan", now=NOW) is not None
    billing.withdraw(source="tests:2", reason="dibatalkan", now=NOW)
    kept = Receipt.objects.get(source="tests:2")
    assert not Receipt.objects.filter(undoes=kept).exists() and kept.unsettled == 150_000
    assert check_money().ok


@pytest.mark.parametrize(
    ("written", "is_read_as"),
    [
        ("150000", 150_000), ("150.000", 150_000), ("Rp 150.000,00", 150_000), ("rp150.000,-", 150_000), ("1 500 000", 1_500_000),
        ("10.50", None), ("1.5", None), ("150,000", None), ("1500.00", None), ("15.0000", None), ("-5", None),
        ("\u0661\u0662", None), ("150000,50", None), ("1e5", None),
    ],
)
def test_amounts_are_read_as_people_here_write_them_or_refused(written, is_read_as):
    from django.core.exceptions import ValidationError

    if is_read_as is None:
        with pytest.raises(ValidationError):
            Rupiah().clean(written)
    else:
        assert Rupiah().clean(written) == is_read_as


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\u00b2", "\u0661\u0662\u0663", "\u2460", "9" * 40, "\u00b2\u00b3"])
def test_signs_that_only_look_like_digits_find_nothing_and_break_nothing(text):
    assert not find_bills(text, None) and not find_money(text, None)


def test_a_cashier_in_two_tabs_takes_equal_instalments_once_each(issue, account, user, office):
    bill = issue()
    days = [TODAY + timedelta(days=10), TODAY + timedelta(days=40)]
    actions.plan_instalments(
        bill_id=bill.pk, parts=[(day, Decimal(75_000)) for day in days], decision_number="1", now=NOW, by=user
    )
    actions.open_shift(office=office, counter="Loket 1", float_amount=Decimal(0), by=user, now=NOW)
    seen = {"bill_id": bill.pk, "amount": Decimal(75_000), "tendered": Decimal(75_000), "paid_before": Decimal(0), "by": user}
    actions.take_cash(token="a" * 32, now=NOW, **seen)
    with pytest.raises(CashAmountChanged):
        actions.take_cash(token="b" * 32, now=NOW, **seen)
    assert not actions.take_cash(token="a" * 32, now=NOW, **seen).is_new
    actions.take_cash(token="c" * 32, now=NOW, **seen | {"paid_before": Decimal(75_000)})
    assert billing.standing(bill).state == "paid"


@pytest.mark.parametrize("channel", ["va", "qris", "cash"])
def test_what_a_payer_told_is_answered_when_a_channel_pays(issue, account, channel, user, office):
    bill = issue()
    told = actions.confirm_transfer(
        bill=bill, transfer_number="FT26327ABC9", transferred_at=NOW, amount=Decimal(150_000), channel="web", now=NOW
    )
    if channel == "cash":
        actions.open_shift(office=office, counter="Loket 1", float_amount=Decimal(0), by=user, now=NOW)
        actions.take_cash(
            bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW
        )
    else:
        receive(bill, 150_000, "tests:1", channel)
    told.refresh_from_db()
    assert told.outcome == "found"
