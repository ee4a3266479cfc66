"""What a bill asks, what the books say of it and who is told, after decisions and money in any order."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgs.core.billing import actions, queries
from dgs.core.billing import api as billing
from dgs.core.billing.describing import described
from dgs.core.billing.errors import (
    AdjustmentWrong,
    AlreadyUndone,
    CashCounted,
    CashInShift,
    NotPaidYet,
    ProofNotReady,
    RefundPaid,
    WriteOffWrong,
)
from dgs.core.billing.models import Payment, Refund, StatementLine
from dgs.core.billing.simulator import Transfer
from dgs.core.billing.tests.conftest import NOW, TODAY, adjust, balance, fee, take
from dgs.core.ledger.models import Entry
from dgs.kernel.errors import RuleBroken


def test_an_addition_is_booked_under_the_account_it_names(issue, account, user, other):
    bill = issue(amount=100_000, lines=[fee(60_000), fee(40_000, account="4.1.02.03.01.0001")])
    adjust(bill, user, other, kind="reduction", amount=Decimal(-40_000))
    adjust(bill, user, other, kind="correction", amount=Decimal(30_000), account="4.1.02.03.03.0001")
    assert balance("revenue", "4.1.02.03.03.0001") == -90_000


def test_money_taken_back_from_a_cancelled_bill_leaves_no_receivable(issue, account, user, other):
    bill = issue(amount=500_000)
    take(Transfer(day=TODAY, amount=200_000, text="BUDI"))
    payment = billing.assign_line(line_id=StatementLine.objects.get().pk, bill=bill, note="sebagian", by=user, now=NOW)
    actions.cancel_bill(bill=bill, reason="batal", now=NOW, by=user, part_paid=True)
    assert balance("receivable") == 0
    actions.take_back_payment(payment_id=payment.pk, reason="cek ditolak bank", by=user, now=NOW)
    owed = sum(row.amount for row in queries.receivables(TODAY, None))
    assert balance("receivable") == owed


def test_cash_given_back_to_the_payer_leaves_the_drawer_in_the_books(issue, account, office, user, other):
    bill = issue()
    actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=user, now=NOW)
    done = actions.take_cash(
        bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW
    )
    withdrawn(done.receipt, user, other)
    assert balance("counter_cash") == 0 and billing.standing(bill).state == "open"
    closing = actions.close_shift(notes={}, reason="", by=user, now=NOW)
    assert closing.expected == 0 and queries.check_money().ok


def withdrawn(receipt, user, other):
    """The receipt's withdrawal, proposed and approved."""
    made = actions.propose(
        act="withdraw", values={"receipt": receipt.pk}, subject=f"billing.receipt:{receipt.pk}", reason="salah ketik", by=user,
        now=NOW,
    )
    actions.decide(proposal_id=made.pk, is_approved=True, answer="", by=other, now=NOW)


def test_who_decides_on_giving_cash_back_is_told_whose_bill_it_is_when_it_is_of_their_office(issue, account, office, user):
    bill = issue()
    actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=user, now=NOW)
    done = actions.take_cash(
        bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW
    )
    subject = f"billing.receipt:{done.receipt.pk}"
    made = actions.propose(
        act="withdraw", values={"receipt": done.receipt.pk}, subject=subject, reason="salah", by=user, now=NOW, office=office
    )
    assert described([made])[0].bill == bill
    made.office = None
    assert described([made])[0].bill is None


def test_cash_that_is_counted_is_not_given_back_at_the_counter(issue, account, office, user, other):
    bill = issue()
    actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=user, now=NOW)
    done = actions.take_cash(
        bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW
    )
    payment = Payment.objects.get()
    actions.take_back_payment(payment_id=payment.pk, reason="pembayar batal", by=user, now=NOW)
    with pytest.raises(CashInShift):
        actions.settle_receipt(
            receipt_id=done.receipt.pk, outcome="returned", note="dikembalikan", by=user, approved_by=other, now=NOW
        )
    actions.close_shift(notes={50_000: 3}, reason="", by=user, now=NOW)
    with pytest.raises(CashCounted):
        withdrawn(done.receipt, user, other)
    actions.settle_receipt(
        receipt_id=done.receipt.pk, outcome="returned", note="dikembalikan", by=user, approved_by=other, now=NOW
    )
    assert balance("counter_cash") == 150_000 and balance("returned") == -150_000 and queries.check_money().ok


def test_a_deposit_that_was_never_made_can_be_withdrawn(issue, account, office, user, other):
    bill = issue()
    actions.open_shift(office=office, counter="1", float_amount=Decimal(0), by=user, now=NOW)
    actions.take_cash(bill_id=bill.pk, amount=Decimal(150_000), tendered=Decimal(150_000), token="a" * 32, by=user, now=NOW)
    closing = actions.close_shift(notes={50_000: 3}, reason="", by=user, now=NOW)
    given = actions.hand_over(shift_id=closing.shift_id, by=user, now=NOW)
    actions.accept_hand_over(hand_over_id=given.pk, counted=given.amount, by=other, now=NOW)
    made = actions.deposit(office=office, amount=Decimal(150_000), account=account, token="b" * 32, by=other, now=NOW)
    assert any(code == "withdraw" for code, _label in queries.acts_of(made))
    withdrawn(made, user, other)
    assert balance("treasurer_cash") == 150_000 and balance("transit") == 0 and queries.check_money().ok


def test_a_correction_after_a_refund_is_owed_as_principal(issue, account, user, other):
    bill = issue(amount=100_000)
    take(Transfer(day=TODAY, amount=100_000, text=bill.payment_code))
    adjust(bill, user, other, kind="reduction", amount=Decimal(-40_000))
    actions.give_back(
        bill_id=bill.pk, amount=Decimal(40_000), to_bank="B", to_account="123456", to_holder="S", reason="lebih",
        decision_number="", now=NOW, by=user, approved_by=other,
    )
    adjust(bill, user, other, kind="correction", amount=Decimal(40_000), account="4.1.02.03.03.0001")
    standing = billing.standing(bill)
    take(Transfer(day=TODAY, amount=40_000, text=bill.payment_code), opening=100_000, name="b")
    assert (standing.principal, standing.penalty) == (40_000, 0) and balance("penalty") == 0


def test_a_bill_that_is_written_off_was_not_paid(issue, account, user, other, paid_events):
    bill = issue(amount=100_000)
    adjust(bill, user, other, kind="write-off", amount=Decimal(-100_000))
    assert not paid_events and billing.standing(bill).state != "paid"


def test_a_bill_that_is_partly_written_off_gets_no_proof_of_full_payment(issue, account, user, other):
    bill = issue(amount=100_000)
    take(Transfer(day=TODAY, amount=10_000, text="BUDI"))
    billing.assign_line(line_id=StatementLine.objects.get().pk, bill=bill, note="sebagian", by=user, now=NOW)
    adjust(bill, user, other, kind="write-off", amount=Decimal(-90_000))
    with pytest.raises(NotPaidYet), suppress(ProofNotReady):
        actions.issue_proof(bill_id=bill.pk, now=NOW)


def test_a_write_off_takes_what_is_left_and_nothing_else(issue, account, user, other):
    bill = issue(amount=100_000)
    for wrong in ({"amount": Decimal(-90_000)}, {"amount": Decimal(-100_000), "penalty": Decimal(-1)}):
        with pytest.raises((WriteOffWrong, AdjustmentWrong)):
            adjust(bill, user, other, kind="write-off", **wrong)
    adjust(bill, user, other, kind="write-off", amount=Decimal(-100_000))
    assert billing.standing(bill).remaining == 0 and balance("written_off") == 100_000


def test_what_was_written_off_is_never_announced_as_paid(issue, account, user, other, paid_events):
    bill = issue(amount=100_000)
    take(Transfer(day=TODAY, amount=10_000, text="BUDI"))
    line = StatementLine.objects.get().pk
    payment = billing.assign_line(line_id=line, bill=bill, note="sebagian", by=user, now=NOW)
    adjust(bill, user, other, kind="write-off", amount=Decimal(-90_000))
    actions.take_back_payment(payment_id=payment.pk, reason="cek ditolak bank", by=user, now=NOW)
    assert billing.standing(bill).state == "open"
    billing.assign_line(line_id=line, bill=bill, note="sebagian", by=user, now=NOW)
    assert billing.standing(bill).state == "written_off" and not paid_events and queries.check_money().ok


def overpaid(issue, user, other):
    """A bill of 100,000 that was paid and then reduced by 40,000."""
    bill = issue(amount=100_000)
    take(Transfer(day=TODAY, amount=100_000, text=bill.payment_code))
    adjust(bill, user, other, kind="reduction", amount=Decimal(-40_000))
    return bill


def give_back(bill, amount, user, other):
    return actions.give_back(
        bill_id=bill.pk, amount=Decimal(amount), to_bank="B", to_account="123456", to_holder="S", reason="lebih",
        decision_number="", now=NOW, by=user, approved_by=other,
    )


def test_a_refund_that_nobody_paid_is_withdrawn(issue, account, user, other):
    bill = overpaid(issue, user, other)
    refund = give_back(bill, 40_000, user, other)
    actions.withdraw_refund(refund_id=refund.pk, reason="rekening salah", by=user, approved_by=other, now=NOW)
    assert billing.standing(bill).over == 40_000 and balance("refunds_due") == 0 and balance("overpaid") == -40_000
    with pytest.raises(AlreadyUndone):
        actions.withdraw_refund(refund_id=refund.pk, reason="lagi", by=user, approved_by=other, now=NOW)
    again = give_back(bill, 40_000, user, other)
    take(Transfer(day=TODAY, amount=-40_000, text=again.number), opening=100_000, name="b")
    with pytest.raises(RefundPaid):
        actions.withdraw_refund(refund_id=again.pk, reason="terlambat", by=user, approved_by=other, now=NOW)
    assert queries.check_money().ok


def test_a_refund_withdrawn_after_an_addition_pays_it(issue, account, user, other):
    bill = overpaid(issue, user, other)
    refund = give_back(bill, 40_000, user, other)
    adjust(bill, user, other, kind="correction", amount=Decimal(30_000), account="4.1.02.03.03.0001")
    assert billing.standing(bill).principal == 30_000
    actions.withdraw_refund(refund_id=refund.pk, reason="rekening salah", by=user, approved_by=other, now=NOW)
    standing = billing.standing(bill)
    assert (standing.remaining, standing.over) == (0, 10_000)
    assert balance("receivable") == 0 and balance("overpaid") == -10_000 and queries.check_money().ok


def test_when_the_bank_takes_back_what_was_given_back_too_the_bill_asks_it_again(issue, account, user, other):
    bill = issue(amount=100_000)
    take(Transfer(day=TODAY, amount=100_000, text=bill.payment_code), Transfer(day=TODAY, amount=30_000, text="LAGI"))
    line = StatementLine.objects.exclude(rest=0).get()
    second = billing.assign_line(line_id=line.pk, bill=bill, amount=30_000, with_excess=True, note="dobel", by=user, now=NOW)
    give_back(bill, 30_000, user, other)
    actions.take_back_payment(payment_id=second.pk, reason="cek ditolak bank", by=user, now=NOW)
    assert billing.standing(bill).principal == 30_000 == balance("receivable") and queries.check_money().ok


def test_books_that_earlier_versions_left_wrong_are_brought_right_and_right_ones_are_left_alone(issue, account, user, other):
    bill = issue(amount=100_000)
    take(Transfer(day=TODAY, amount=100_000, text="BUDI"))
    billing.assign_line(line_id=StatementLine.objects.get().pk, bill=bill, note="uji", by=user, now=NOW)
    adjust(bill, user, other, kind="reduction", amount=Decimal(-40_000))
    nothing = adjust(bill, user, other, kind="correction", amount=Decimal(0), penalty=Decimal(500))
    bring_right = import_module("dgs.core.billing.migrations.0028_states_of_a_bill").OLD_BOOKS
    with connection.cursor() as cursor:
        cursor.execute(bring_right)
        assert not Entry.objects.filter(kind="correction").exists()
        cursor.execute(
            "WITH e AS (INSERT INTO ledger_entry (kind, source, booked_on, at, text) VALUES ('adjustment', %s, %s, %s, '')"
            " RETURNING id, booked_on) INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue,"
            " region, channel) SELECT id, account, booked_on, amount, %s, '', '', '' FROM e CROSS JOIN"
            " (VALUES ('receivable', 10000), ('overpaid', -10000)) AS side (account, amount)",
            [nothing.pk, TODAY, NOW, bill.office_id],
        )
        assert not queries.check_money().ok
        cursor.execute(bring_right)
    assert balance("receivable") == 0 and balance("overpaid") == -39_500 and queries.check_money().ok


ACTS = st.lists(
    st.tuples(
        st.sampled_from(("pay", "more", "back", "less", "add", "refund", "unrefund", "cancel", "write-off")), st.integers(0, 9)
    ),
    max_size=12,
)


@pytest.mark.django_db(transaction=False)
@given(acts=ACTS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_books_say_what_the_bills_say_after_any_acts(issue, account, user, other, acts):
    with transaction.atomic():
        bill = issue(about=f"tests.any:{len(acts)}", amount=100_000, lines=[
            fee(60_000), fee(40_000, account="4.1.02.03.01.0001")
        ])
        for n, (act, number) in enumerate(acts):
            with suppress(RuleBroken), transaction.atomic():
                do(act, number, bill, user, other, f"{n}")
            bill.refresh_from_db()
            standing, check = billing.standing(bill), queries.check_money()
            assert check.ok, check.problems
            assert standing.penalty == 0
            assert balance("receivable") == (0 if bill.cancelled_at else standing.principal)
            assert -balance("overpaid") == standing.over
        transaction.set_rollback(True)


def do(act, number, bill, user, other, name):
    """One act on a bill, larger or smaller by the number; what is not possible refuses."""
    amount = Decimal(10_000 * (number + 1))
    if act in {"pay", "more"}:
        opening = sum(StatementLine.objects.values_list("amount", flat=True))
        take(Transfer(day=TODAY, amount=int(amount), text=f"SETORAN {name}"), opening=opening, name=name)
        line = StatementLine.objects.order_by("-pk").first()
        is_more = act == "more"
        billing.assign_line(
            line_id=line.pk, bill=bill, note="uji", by=user, now=NOW, with_excess=is_more, amount=amount if is_more else None
        )
    elif act == "back":
        payments = Payment.objects.filter(bill=bill, undoes=None, undone_by=None).order_by("pk")
        if payments:
            actions.take_back_payment(payment_id=payments[number % len(payments)].pk, reason="uji", by=user, now=NOW)
    elif act in {"less", "add"}:
        more = {"account": ("4.1.02.03.03.0001", "4.1.02.03.01.0001")[number % 2]} if act == "add" else {}
        kind, signed = ("correction", amount) if act == "add" else ("reduction", -amount)
        adjust(bill, user, other, kind=kind, amount=signed, **more)
    elif act == "refund":
        give_back(bill, amount, user, other)
    elif act == "unrefund":
        refunds = Refund.objects.filter(bill=bill, undoes=None, undone_by=None).order_by("pk")
        if refunds:
            refund = refunds[number % len(refunds)]
            actions.withdraw_refund(refund_id=refund.pk, reason="uji", by=user, approved_by=other, now=NOW)
    elif act == "cancel":
        actions.cancel_bill(bill=bill, reason="uji", now=NOW, by=user, part_paid=True)
    else:
        adjust(bill, user, other, kind="write-off", amount=-billing.standing(bill).principal)


def test_a_message_of_a_day_in_time_turns_the_penalty_of_a_later_line_into_money_beyond_the_bill(issue, account):
    """The bank booked two days after the payer paid: on the day of the message no penalty was asked yet."""
    bill = issue(amount=100_000, kind="retribution", due_on=TODAY - timedelta(days=1))
    take(Transfer(day=TODAY, amount=101_000, text=bill.payment_code))
    assert Payment.objects.get().penalty == 1_000
    actions.receive(
        channel="va", source="va:1", bill_id=bill.pk, amount=Decimal(101_000), reference="V1", account=account, now=NOW,
        happened_at=NOW - timedelta(days=2),
    )
    made = Payment.objects.get(receipt__isnull=False)
    assert (made.principal, made.penalty, made.excess) == (100_000, 0, 1_000)
    assert billing.standing(bill).over == 1_000 == -balance("overpaid") and balance("penalty") == 0
    assert queries.overpaid_bills(None).get() == bill and queries.check_money().ok


def test_a_penalty_that_is_waived_after_it_was_paid_pays_the_principal_in_the_books_too(issue, account, user, other):
    bill = issue(amount=100_000, kind="retribution", due_on=TODAY - timedelta(days=100))
    take(Transfer(day=TODAY, amount=104_000, text=bill.payment_code))
    assert Payment.objects.get().penalty == 4_000
    adjust(bill, user, other, kind="correction", amount=Decimal(10_000), account="4.1.02.03.03.0001")
    adjust(bill, user, other, kind="reduction", amount=Decimal(0), penalty=-billing.standing(bill).penalty - 4_000)
    standing = billing.standing(bill)
    assert (standing.principal, standing.penalty) == (6_000, 0) == (balance("receivable"), balance("penalty"))
    actions.take_back_payment(payment_id=Payment.objects.get().pk, reason="cek ditolak bank", by=user, now=NOW)
    assert balance("receivable") == billing.standing(bill).principal == 110_000 and queries.check_money().ok


def test_a_penalty_paid_for_money_that_had_come_in_time_is_owed_back(issue, account, user, other):
    bill = issue(amount=100_000, kind="retribution", due_on=TODAY - timedelta(days=1))
    take(Transfer(day=TODAY, amount=101_000, text=bill.payment_code))
    take(Transfer(day=TODAY - timedelta(days=3), amount=50_000, text="TANPA KODE"), opening=101_000, name="b")
    line = StatementLine.objects.exclude(rest=0).get()
    billing.assign_line(line_id=line.pk, bill=bill, amount=50_000, with_excess=True, note="lebih awal", by=user, now=NOW)
    standing = billing.standing(bill)
    assert standing.over == 50_500 == -balance("overpaid") and queries.overpaid_bills(None).get() == bill
    give_back(bill, 50_500, user, other)
    assert billing.standing(bill).over == 0 == balance("overpaid") and queries.check_money().ok


def test_a_message_that_comes_after_a_refund_takes_the_place_of_the_line(issue, account, user, other):
    """Less is left of the bill than the line paid: between taking back and paying anew less than nothing would be paid."""
    bill = overpaid(issue, user, other)
    give_back(bill, 40_000, user, other)
    actions.receive(
        channel="va", source="va:1", bill_id=bill.pk, amount=Decimal(100_000), reference="V1", account=account, now=NOW,
        happened_at=NOW,
    )
    assert billing.standing(bill).state == "paid" and balance("receivable") == balance("overpaid") == 0
    assert queries.check_money().ok
