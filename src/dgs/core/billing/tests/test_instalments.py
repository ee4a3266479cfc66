"""Paying in instalments: what may be paid now is the same for every channel, and nothing pays twice."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import BillAmountWrong, CashAmountChanged
from dgs.core.billing.models import Bill, Confirmation, Payment, Receipt, StatementLine
from dgs.core.billing.owing import hold_bill, owed_of, steady_until
from dgs.core.billing.queries import plan_of
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)


@pytest.fixture
def planned(issue, account, user):
    """A bill over 150,000 to be paid in three equal parts."""
    return plan(issue(kind="retribution"), user)


def plan(bill, user, *, parts=((FIRST, 50_000), (SECOND, 50_000), (THIRD, 50_000))):
    rows = [(day, Decimal(amount)) for day, amount in parts]
    actions.plan_instalments(bill_id=bill.pk, parts=rows, decision_number="900/1", by=user, now=NOW)
    return Bill.objects.get(pk=bill.pk)


def owed(bill, on=TODAY):
    return owed_of([bill.pk], on)[bill.pk]


def amounts(bill, on=TODAY):
    return [(int(one.amount), one.number) for one in owed(bill, on).payable]


def lines(*transfers, name="a"):
    text = mt940_text(list(transfers), account=NUMBER)
    return billing.take_statement(text.encode(), file_name=name, account=None, by=None, now=NOW)


def message(bill, amount, source, *, channel="va", at=NOW, strict=True):
    return billing.receive(
        channel=channel, source=source, bill_id=bill.pk, amount=Decimal(amount), reference=f"REF{source}0001", happened_at=at,
        account=billing.collecting_account(), strict=strict, now=max(at, NOW),
    )


def test_without_a_plan_only_the_whole_may_be_paid_and_nothing_of_what_is_paid(issue, account):
    bill = issue()
    assert amounts(bill) == [(150_000, None)] and owed(bill).asked.number is None
    lines(Transfer(day=TODAY, amount=150_000, text=bill.payment_code))
    assert amounts(bill) == [] and owed(bill).asked is None and owed(bill).fits(Decimal(0)) is None


def test_each_instalment_pays_by_its_code_and_the_last_one_pays_the_bill(planned, paid_events):
    for number, left in ((1, 100_000), (2, 50_000)):
        assert amounts(planned) == [(150_000 - 50_000 * (number - 1), None), (50_000, number)]
        lines(Transfer(day=TODAY, amount=50_000, text=f"{planned.payment_code} ke {number}"), name=f"{number}")
        payment = Payment.objects.latest("pk")
        assert (payment.rule, payment.why["instalment"], billing.standing(planned).remaining) == (
            "code-and-instalment", number, left
        )
        assert not paid_events
    assert amounts(planned) == [(50_000, None)]
    lines(Transfer(day=TODAY, amount=50_000, text=f"{planned.payment_code} ke 3"), name="3")
    assert billing.standing(planned).state == "paid" and len(paid_events) == 1 and billing.check_money().ok


def test_two_instalments_in_one_file_pay_two(planned):
    taken = lines(*[Transfer(day=TODAY, amount=50_000, text=f"{planned.payment_code} {n}") for n in range(2)])
    assert (taken.matched, taken.listed) == (2, 0) and billing.standing(planned).remaining == 50_000
    assert [part.state for part in plan_of(Bill.objects.get(), TODAY)] == ["done", "done", "next"]


@pytest.mark.parametrize("amount", [49_999, 50_001, 100_000, 149_999])
def test_any_other_amount_is_listed_and_refused_where_the_channel_asks(planned, amount):
    lines(Transfer(day=TODAY, amount=amount, text=planned.payment_code))
    assert StatementLine.objects.get().rest == amount
    with pytest.raises(BillAmountWrong):
        message(planned, amount, "1")
    assert not Payment.objects.exists() and not Receipt.objects.exists()


def test_the_whole_rest_may_be_paid_at_any_time(planned):
    message(planned, 50_000, "1")
    lines(Transfer(day=TODAY, amount=50_000, text="va REF10001"), name="va")
    message(planned, 100_000, "2", channel="qris")
    assert billing.standing(planned).state == "paid" and billing.check_money().ok


def test_a_late_instalment_is_paid_with_its_penalty_and_shared_out_as_asked(planned):
    day = FIRST + timedelta(days=1)
    asked = owed(planned, day).asked
    assert (asked.principal, asked.penalty, asked.number) == (50_000, 500, 1)
    message(planned, 50_500, "1", at=NOW.replace(month=12, day=2))
    payment = Payment.objects.get()
    assert (payment.principal, payment.penalty, payment.excess, payment.rule) == (50_000, 500, 0, "code-and-instalment")
    assert (owed(planned, day).penalty, owed(planned, day).asked.amount) == (0, 50_000)
    assert billing.check_money().ok


def test_what_was_paid_of_an_instalment_counts_and_only_its_rest_is_asked(planned, user):
    lines(Transfer(day=TODAY, amount=20_000, text="tanpa kode"))
    billing.assign_line(line_id=StatementLine.objects.get().pk, bill=planned, note="milik tagihan ini", by=user, now=NOW)
    assert amounts(planned) == [(130_000, None), (30_000, 1)]
    assert [(int(part.covered), part.state) for part in plan_of(Bill.objects.get(), TODAY)] == [
        (20_000, "next"), (0, "open"), (0, "open")
    ]


def test_a_message_about_an_instalment_whose_line_was_there_already_pays_no_second_one(planned):
    lines(Transfer(day=TODAY, amount=50_000, text=planned.payment_code))
    message(planned, 50_000, "1")
    assert billing.standing(planned).remaining == 100_000
    receipt = Receipt.objects.get()
    assert (receipt.unapplied, receipt.unsettled) == (0, 0) and billing.check_money().ok
    message(planned, 50_000, "2")
    assert billing.standing(planned).remaining == 50_000 and billing.check_money().ok


def test_a_reduction_shortens_what_is_left_of_the_plan(planned, user):
    held = Bill.objects.select_related("office").get(pk=planned.pk)
    actions.adjust(held, kind="reduction", amount=Decimal(-120_000), reason="keringanan", decided_on=TODAY, now=NOW)
    assert amounts(planned) == [(30_000, None)]


def test_cash_pays_an_instalment_or_everything_and_nothing_between(planned, office, user):
    actions.open_shift(office=office, counter="Loket 1", float_amount=Decimal(0), by=user, now=NOW)

    def take(amount, token):
        return actions.take_cash(
            bill_id=planned.pk, amount=Decimal(amount), tendered=Decimal(200_000), token=token * 32, by=user, now=NOW
        )

    with pytest.raises(CashAmountChanged):
        take(60_000, "a")
    assert take(50_000, "b").receipt.change == 150_000 and not take(50_000, "b").is_new
    assert billing.standing(planned).remaining == 100_000
    take(100_000, "c")
    assert billing.standing(planned).state == "paid" and billing.check_money().ok


def test_what_a_payer_told_of_another_amount_still_waits_when_an_instalment_is_paid(planned):
    def told(amount, number):
        return actions.confirm_transfer(
            bill=planned, transfer_number=number, transferred_at=NOW, amount=Decimal(amount), channel="web", now=NOW
        )

    told(100_000, "FT123456")
    message(planned, 50_000, "1")
    lines(Transfer(day=TODAY, amount=50_000, text="va REF10001"), Transfer(day=TODAY, amount=50_000, text=planned.payment_code))
    assert Confirmation.objects.get().answered_at is None
    told(50_000, "FT999999")
    lines(Transfer(day=TODAY, amount=50_000, text="SITI FT999999"), name="b")
    assert Confirmation.objects.latest("pk").outcome == "found" and billing.standing(planned).state == "paid"


def test_a_transfer_that_was_told_of_pays_an_instalment_without_the_code(planned):
    actions.confirm_transfer(
        bill=planned, transfer_number="FT777777", transferred_at=NOW, amount=Decimal(50_000), channel="web", now=NOW
    )
    lines(Transfer(day=TODAY, amount=50_000, text="SITI FT777777"))
    assert Payment.objects.get().rule == "confirmed-transfer" and billing.standing(planned).remaining == 100_000


def test_how_long_an_amount_stays_the_same(issue, account, planned):
    late = issue(about="tests.thing:2", kind="retribution", due_on=TODAY - timedelta(days=3))
    assert steady_until(owed(planned), TODAY) == FIRST
    assert steady_until(owed(late), TODAY) == date(2026, 12, 20)
    free = issue(about="tests.thing:3", due_on=TODAY - timedelta(days=3))
    assert steady_until(owed(free), TODAY) == TODAY + timedelta(days=30)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_code", [True, False])
def test_who_waited_for_a_bill_reads_what_was_done_to_it_meanwhile(issue, account, user, by_code):
    """A plan and a payment are made while another transaction waits for the bill: it sees both, not the bill as it was."""
    bill, waiting, seen = issue(kind="retribution"), threading.Event(), []

    def second():
        try:
            waiting.set()
            with transaction.atomic():
                seen.append(hold_bill(TODAY, **({"code": bill.payment_code} if by_code else {"bill_id": bill.pk})))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        hold_bill(TODAY, bill_id=bill.pk)
        thread.start()
        assert waiting.wait(30)
        plan(bill, user)
        message(bill, 50_000, "one")
        wait_until_blocked()
    thread.join(30)
    assert [(int(one.amount), one.number) for one in seen[0].payable] == [(100_000, None), (50_000, 2)]


def wait_until_blocked():
    """Until another session of this database waits for a lock; fails when none does."""
    with connection.cursor() as cursor:
        for _try in range(300):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if cursor.fetchone() is not None:
                return
            cursor.execute("SELECT pg_sleep(0.05)")
    pytest.fail("nobody waited for the bill")
