"""What the database does with money facts: penalties, sums, the ledger, and what it refuses; pages are tested beside."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.chart_of_accounts import known_accounts
from dgs.core.billing.errors import (
    AdjustmentWrong,
    AlreadyUndone,
    BillCancelled,
    BillFullyPaid,
    PlanWrong,
    ProposalOpen,
    RefundWrong,
    SecondPersonNeeded,
)
from dgs.core.billing.models import Adjustment, Instalment, Payment, Proposal, Receipt, Refund, Settlement, StatementLine
from dgs.core.billing.owing import owed_of
from dgs.core.billing.simulator import Transfer
from dgs.core.billing.tests.conftest import NOW, TODAY, balance, fee, take


def receive(bill, amount, source="tests:1", **more):
    values = {
        "channel": "va",
        "source": source,
        "bill_id": bill.pk if bill else None,
        "amount": Decimal(amount),
        "reference": f"REF{source[-1]}00001",
        "happened_at": NOW,
        "account": billing.collecting_account(),
        "now": NOW,
    } | more
    return billing.receive(**values)


def owed(bill, day):
    return owed_of([bill.pk], day)[bill.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("due", "day", "months"),
    [
        ("2026-11-30", "2026-11-30", 0),
        ("2026-11-30", "2026-12-01", 1),
        ("2026-11-30", "2026-12-30", 1),
        ("2026-11-30", "2026-12-31", 2),
        ("2026-01-31", "2026-02-28", 1),
        ("2026-01-31", "2026-03-01", 2),
        ("2024-02-29", "2024-03-29", 1),
        ("2024-02-29", "2024-03-30", 2),
        ("2020-01-01", "2026-01-01", 24),
    ],
)
def test_a_part_of_a_month_counts_whole_and_months_end_at_the_limit(due, day, months):
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_months(%s, %s, 24)", [due, day])
        assert cursor.fetchone()[0] == months


def test_the_penalty_is_one_percent_a_month_of_what_was_unpaid_when_the_month_began(issue, account):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 8, 31))
    assert owed(bill, date(2026, 8, 31)).penalty == 0
    assert owed(bill, date(2026, 9, 1)).penalty == 10_000
    assert owed(bill, TODAY).penalty == 30_000
    assert owed(bill, date(2030, 1, 1)).penalty == 240_000
    standing = billing.standing(bill)
    assert (standing.principal, standing.state, standing.is_late) == (1_000_000, "open", True)


def test_money_that_came_in_time_owes_no_penalty_however_late_we_hear_of_it(issue, account):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 9, 30))
    take(Transfer(day=date(2026, 9, 30), amount=1_000_000, text=bill.payment_code))
    assert billing.standing(bill).state == "paid" and billing.check_money().ok


def test_late_money_without_the_penalty_is_listed_and_with_it_pays_both(issue, account):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 9, 30))
    taken = take(
        Transfer(day=TODAY, amount=1_000_000, text=bill.payment_code),
        Transfer(day=TODAY, amount=1_020_000, text=bill.payment_code),
    )
    assert taken.findings == {"too-little": 1, "matched": 1}
    payment = Payment.objects.get()
    assert (payment.principal, payment.penalty) == (1_000_000, 20_000)
    assert billing.standing(bill).state == "paid"
    assert balance("penalty") == -20_000 and balance("receivable") == 0 and billing.check_money().ok


def test_a_part_paid_in_time_lowers_the_penalty_of_the_months_after_it(issue, account, user):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 9, 30))
    take(Transfer(day=date(2026, 9, 15), amount=400_000, text="BUDI"))
    billing.assign_line(line_id=StatementLine.objects.get().pk, bill=bill, note="angsuran", by=user, now=NOW)
    now = owed(bill, TODAY)
    assert (now.principal, now.penalty) == (600_000, 12_000)


def test_instalments_take_the_place_of_the_due_day(issue, account, user):
    bill = issue(amount=900_000, kind="retribution", due_on=date(2026, 12, 1))
    parts = [(date(2026, 12, 10), Decimal(300_000)), (date(2027, 1, 10), Decimal(300_000)), (date(2027, 2, 10), Decimal(300_000))]
    actions.plan_instalments(bill_id=bill.pk, parts=parts, decision_number="900/12/2026", now=NOW, by=user)
    assert owed(bill, date(2026, 12, 10)).penalty == 0
    assert owed(bill, date(2026, 12, 11)).penalty == 3_000
    assert owed(bill, date(2027, 1, 11)).penalty == 3_000 * 2 + 3_000
    assert owed(bill, date(2026, 12, 5)).due_on == date(2026, 12, 10)
    with pytest.raises(PlanWrong):
        actions.plan_instalments(bill_id=bill.pk, parts=parts[:2], decision_number="", now=NOW, by=user)
    assert Instalment.objects.count() == 3


def test_a_reduction_below_what_was_paid_is_owed_back_and_given_back_once(issue, account, user, other):
    bill = issue(amount=500_000, kind="retribution")
    take(Transfer(day=TODAY, amount=500_000, text=bill.payment_code))
    with transaction.atomic():
        held = actions.adjusting.hold_bill(bill.pk)
        actions.adjust(
            held,
            kind="objection",
            amount=Decimal(-200_000),
            reason="keberatan dikabulkan",
            decided_on=TODAY,
            now=NOW,
            by=user,
            approved_by=other,
        )
    standing = billing.standing(bill)
    assert (standing.state, standing.over, standing.total) == ("over", 200_000, 300_000)
    assert balance("overpaid") == -200_000 and balance("revenue") == -300_000 and billing.check_money().ok
    to = {
        "to_bank": "Bank Contoh",
        "to_account": "0000123",
        "to_holder": "Siti Contohwati",
        "reason": "lebih bayar",
        "decision_number": "1",
    }
    with pytest.raises(RefundWrong):
        actions.give_back(bill_id=bill.pk, amount=Decimal(200_001), by=user, approved_by=other, now=NOW, **to)
    refund = actions.give_back(bill_id=bill.pk, amount=Decimal(200_000), by=user, approved_by=other, now=NOW, **to)
    assert billing.standing(bill).state == "paid" and balance("refunds_due") == -200_000 and balance("overpaid") == 0
    with pytest.raises(RefundWrong):
        actions.give_back(bill_id=bill.pk, amount=Decimal(1), by=user, approved_by=other, now=NOW, **to)
    take(Transfer(day=TODAY, amount=-200_000, text=f"RESTITUSI {refund.number}", mark="D"), opening=500_000, name="b")
    assert Refund.objects.get().unpaid == 0 and balance("refunds_due") == 0 and billing.check_money().ok


def test_a_reduction_takes_no_more_than_is_asked(issue, account, user):
    bill = issue(amount=500_000)
    for amount, account_code in [(Decimal(-500_001), ""), (Decimal(0), ""), (Decimal("-0.5"), ""), (Decimal(5), "")]:
        with pytest.raises(AdjustmentWrong), transaction.atomic():
            held = actions.adjusting.hold_bill(bill.pk)
            actions.adjust(
                held, kind="reduction", amount=amount, reason="uji", decided_on=TODAY, now=NOW, by=user, account=account_code
            )
    assert not Adjustment.objects.exists()


def test_a_channels_message_pays_once_and_the_bank_line_brings_its_money(issue, account, paid_events):
    bill = issue(amount=150_000)
    first = receive(bill, 150_000, strict=True)
    assert first.is_new and billing.standing(bill).state == "paid"
    again = receive(bill, 150_000, strict=True)
    assert (again.is_new, again.receipt_id) == (False, first.receipt_id)
    assert balance("transit") == 150_000 and len(paid_events) == 1
    with pytest.raises(BillFullyPaid):
        receive(bill, 150_000, source="tests:2", strict=True)
    taken = take(Transfer(day=TODAY, amount=150_000, text=f"VA {bill.payment_code}", reference="REF100001"))
    assert taken.findings == {"receipt": 1} and taken.listed == 0
    assert balance("transit") == 0 and balance("unidentified") == 0 and balance("treasury") == 150_000
    assert Payment.objects.count() == 1 and billing.check_money().ok and len(paid_events) == 1


def test_a_channels_day_in_one_sum_settles_all_its_receipts(issue, account):
    bills = [issue(about=f"tests.thing:{n}", amount=100_000 + n) for n in range(3)]
    for n, bill in enumerate(bills):
        receive(bill, 100_000 + n, source=f"tests:{n}", channel="qris")
    taken = take(Transfer(day=TODAY + timedelta(days=1), amount=300_003, text="SETTLEMENT QRIS"))
    assert taken.findings == {"receipt": 1}
    assert Settlement.objects.count() == 3 and balance("transit") == 0 and billing.check_money().ok


def test_a_line_before_its_message_is_the_same_money_not_a_second_payment(issue, account, paid_events):
    bill = issue(amount=150_000)
    take(Transfer(day=TODAY, amount=150_000, text=f"VA {bill.payment_code}"))
    assert billing.standing(bill).state == "paid"
    assert receive(bill, 150_000, strict=True).is_new and billing.standing(bill).state == "paid"
    assert billing.standing(bill).paid == 150_000 and billing.standing(bill).state == "paid"
    assert Receipt.objects.get().unsettled == 0 and StatementLine.objects.get().rest == 0
    assert len(paid_events) == 1 and billing.check_money().ok


def test_money_a_channel_has_taken_for_nothing_is_listed_never_refused(issue, account):
    bill = issue(amount=150_000)
    billing.cancel_bill(bill=bill, reason="ditarik", now=NOW)
    with pytest.raises(BillCancelled):
        receive(bill, 150_000, strict=True)
    assert not Receipt.objects.exists()
    receive(bill, 150_000, channel="qris")
    receive(None, 7_000, source="tests:2", channel="qris")
    assert [r.unapplied for r in Receipt.objects.order_by("pk")] == [150_000, 7_000]
    assert balance("unidentified") == -157_000 and billing.check_money().ok


def test_withdrawn_money_takes_its_payment_back(issue, account):
    bill = issue(amount=150_000)
    receive(bill, 150_000, channel="qris")
    billing.withdraw(source="tests:1", reason="dikembalikan oleh kanal", now=NOW)
    billing.withdraw(source="tests:1", reason="dikembalikan oleh kanal", now=NOW)
    assert billing.standing(bill).state == "open" and Receipt.objects.count() == 2
    assert balance("transit") == 0 and balance("receivable") == 150_000 and billing.check_money().ok
    assert billing.withdraw(source="tests:9", reason="tidak ada", now=NOW) is None


def test_a_payers_word_finds_a_line_without_a_code(issue, account, payer):
    bill = issue(amount=150_000)
    take(Transfer(day=TODAY, amount=150_000, text="SITI", reference="FT26327ABC9"))
    assert billing.standing(bill).state == "open"
    said = actions.confirm_transfer(
        bill=bill,
        transfer_number="FT26327ABC9",
        transferred_at=NOW - timedelta(hours=2),
        amount=Decimal(150_000),
        channel="web",
        now=NOW,
    )
    assert said.outcome == "found" and billing.standing(bill).state == "paid"
    assert Payment.objects.get().rule == "confirmed-transfer"


def test_a_payers_word_waits_for_the_line_and_the_latest_counts(issue, account):
    bill = issue(amount=150_000)
    for number in ("SALAH-123", "FT26327ABC9"):
        actions.confirm_transfer(
            bill=bill, transfer_number=number, transferred_at=NOW, amount=Decimal(150_000), channel="web", now=NOW
        )
    assert take(Transfer(day=TODAY, amount=150_000, text="TRSF FT26327ABC9 SITI")).matched == 1
    assert sorted(bill.confirmations.values_list("outcome", flat=True)) == ["found", "replaced"]


def test_a_proposal_is_done_by_another_person_only(issue, account, user, other):
    bill = issue(amount=150_000)
    take(Transfer(day=TODAY, amount=150_000, text="LUPA"))
    line = StatementLine.objects.get()
    values = {
        "act": "assign",
        "values": {"line": line.pk, "bill": bill.pk},
        "subject": f"billing.statementline:{line.pk}",
        "now": NOW,
    }
    found = actions.propose(reason="milik Siti", by=user, **values)
    assert not Payment.objects.exists()
    with pytest.raises(ProposalOpen):
        actions.propose(reason="milik Siti", by=other, **values)
    with pytest.raises(SecondPersonNeeded):
        actions.decide(proposal_id=found.pk, is_approved=True, answer="", by=user, now=NOW)
    assert not Payment.objects.exists()
    actions.decide(proposal_id=found.pk, is_approved=True, answer="", by=other, now=NOW)
    assert billing.standing(bill).state == "paid" and Payment.objects.get().approved_by == other
    assert Proposal.objects.get().is_approved


def test_what_cannot_be_done_is_refused_when_it_is_proposed(issue, account, user):
    bill = issue(amount=150_000)
    take(Transfer(day=TODAY, amount=150_000, text=bill.payment_code), Transfer(day=TODAY, amount=9, text="LUPA"))
    line = StatementLine.objects.get(text="LUPA")
    with pytest.raises(BillFullyPaid):
        actions.propose(
            act="assign", values={"line": line.pk, "bill": bill.pk}, subject="x", reason="milik Siti", by=user, now=NOW
        )
    assert not Proposal.objects.exists() and Payment.objects.count() == 1


def test_a_payment_is_taken_back_once(issue, account, user):
    bill = issue(amount=150_000, kind="retribution", due_on=date(2026, 10, 31))
    take(Transfer(day=TODAY, amount=151_500, text=bill.payment_code))
    payment = Payment.objects.get()
    assert payment.penalty == 1_500
    actions.take_back_payment(payment_id=payment.pk, reason="salah tagihan", by=user, now=NOW)
    with pytest.raises(AlreadyUndone):
        actions.take_back_payment(payment_id=payment.pk, reason="salah tagihan", by=user, now=NOW)
    assert balance("receivable") == 150_000 and balance("penalty") == 0 and StatementLine.objects.get().rest == 151_500
    assert billing.standing(bill).state == "open" and billing.check_money().ok


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_payment SET amount = amount + 1, principal = principal + 1",
        "DELETE FROM billing_payment",
        "UPDATE billing_statementline SET rest = 0",
        "UPDATE billing_bill SET paid = 0",
        "UPDATE billing_receipt SET unsettled = 0",
        "UPDATE ledger_posting SET amount = 0",
        "DELETE FROM ledger_entry",
        "TRUNCATE billing_settlement",
        "INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, revenue, region, channel) "
        "SELECT id, 'treasury', booked_on, 5, '', '', '' FROM ledger_entry LIMIT 1",
    ],
)
def test_the_database_refuses_to_change_money_by_hand(issue, account, sql):
    bill = issue(amount=150_000)
    receive(bill, 150_000)
    take(Transfer(day=TODAY, amount=9, text="LUPA"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert billing.check_money().ok


def test_money_is_not_used_twice_even_by_raw_rows(issue, account):
    bill, second = issue(amount=150_000), issue(about="tests.thing:2", amount=150_000)
    take(Transfer(day=TODAY, amount=150_000, text=bill.payment_code))
    line = StatementLine.objects.get()
    with pytest.raises(IntegrityError, match="statementline_used_once"), transaction.atomic():
        Payment.objects.create(
            bill=second, line=line, channel="transfer", amount=1, principal=1, rule="x", paid_on=TODAY, matched_at=NOW
        )
    with pytest.raises(IntegrityError, match="statementline_used_once"), transaction.atomic():
        Settlement.objects.create(line=line, outcome="returned", amount=1, rule="x", at=NOW)
    assert billing.check_money().ok


def test_revenue_goes_to_the_accounts_of_the_lines_in_their_order(issue, account, user):
    lines = [fee(100_000), fee(50_000, account="4.1.02.03.01.0001")]
    bill = issue(lines=lines)
    take(Transfer(day=TODAY, amount=120_000, text="LUPA"))
    billing.assign_line(line_id=StatementLine.objects.get().pk, bill=bill, note="sebagian", by=user, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT revenue, sum(amount) FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id "
            "WHERE e.kind = 'payment' AND account_id = 'receivable' GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [("4.1.02.03.01.0001", -20_000), ("4.1.02.03.03.0001", -100_000)]


def test_nothing_is_booked_into_a_closed_day(issue, account):
    from dgs.core.ledger.models import Closing, Entry

    Closing.objects.create(kind="day", through=TODAY, at=datetime(2026, 11, 23, 17, tzinfo=UTC), figures={})
    bill = issue(amount=150_000)
    take(Transfer(day=TODAY, amount=150_000, text=bill.payment_code))
    assert set(Entry.objects.values_list("booked_on", flat=True)) == {TODAY + timedelta(days=1)}
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        Entry.objects.create(kind="manual", source=1, booked_on=TODAY, at=NOW)


@pytest.mark.parametrize("parts", [(100_000,), (30_000, 70_000), (60_001, 39_999), (99_999, 1)])
@pytest.mark.parametrize("changes", [(), (-20_000, 20_000), (-20_000,), (20_000,)])
def test_the_ledgers_shares_of_payments_are_those_of_the_bills_parts(issue, account, user, parts, changes):
    """Whatever way a payment is booked (whole bills go a shorter one), its shares are what billing_parts says."""
    accounts = ["4.1.02.03.03.0001", *[code for code in known_accounts() if code != "4.1.02.03.03.0001"]][:2]
    bill = issue(lines=[fee(60_000, accounts[0]), fee(0, accounts[0]), fee(40_000, accounts[1])])
    for change in changes:
        bill.refresh_from_db()
        with transaction.atomic():
            actions.adjust(
                bill, kind="correction", amount=Decimal(change), reason="percobaan", decided_on=TODAY, now=NOW, by=user,
                account=accounts[0] if change > 0 else "",
            )
    bill.refresh_from_db()
    owed, upto = bill.total + bill.adjusted, Decimal(0)
    for place, part in enumerate(parts):
        part = min(Decimal(part), owed - upto)
        if not part:
            break
        take(Transfer(day=TODAY, amount=part, text=f"LUPA {place}"), opening=place, name=f"a{place}")
        line = StatementLine.objects.order_by("-pk").first()
        billing.assign_line(line_id=line.pk, bill=bill, note="sebagian", by=user, now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("SELECT account, -sum(amount) FROM billing_parts(%s, %s, %s) GROUP BY 1", [bill.pk, upto, upto + part])
            expected = sorted(cursor.fetchall())
            cursor.execute(
                "SELECT revenue, amount FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id "
                "WHERE e.kind = 'payment' AND e.source = %s AND account_id = 'receivable'",
                [line.payments.get().pk],
            )
            assert sorted(cursor.fetchall()) == expected != []
        upto += part
    assert billing.check_money().ok
