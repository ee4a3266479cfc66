"""Days at the bank with every channel and every fault: at the end each rupiah stands once in the ledger or on the work list."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import BillAmountWrong, BillCancelled, BillFullyPaid
from dgs.core.billing.models import Bill, Payment, Receipt, Settlement, StatementLine
from dgs.core.billing.owing import owed_of
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY

BILLS = 3
# What may happen, with the bill it is about: the money of a channel and its message come apart, late, doubled, or not at all.
ACTS = st.one_of(
    st.tuples(st.sampled_from(["va", "qris"]), st.integers(0, BILLS - 1), st.sampled_from([0, 0, 0, 1, -1]), st.integers(0, 3)),
    st.tuples(st.just("line"), st.integers(0, BILLS - 1), st.sampled_from([0, 0, 1, -1]), st.integers(0, 3)),
    st.tuples(
        st.sampled_from(["money", "withdraw", "undo", "undo-settlement", "fee", "give-away"]),
        st.integers(0, 5),
        st.just(0),
        st.just(0),
    ),
    st.tuples(
        st.sampled_from(["cancel", "reduce", "confirm", "assign", "settle", "refund", "plan"]),
        st.integers(0, BILLS - 1),
        st.just(0),
        st.just(0),
    ),
    st.tuples(st.just("instalment"), st.integers(0, BILLS - 1), st.sampled_from([0, 0, 0, 1]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["sum", "out", "again"]), st.just(0), st.just(0), st.just(0)),
)


class _Undo(Exception):
    pass


@pytest.mark.django_db
@given(acts=st.lists(ACTS, min_size=1, max_size=24))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bank_does_each_rupiah_stands_once(issue, account, user, paid_events, acts):
    paid_events.clear()
    try:
        with transaction.atomic():
            Bank(issue, account, user).live(acts)
            raise _Undo
    except _Undo:
        pass


class Bank:
    """What the bank truly holds (`rows`), the files it has handed out, and the messages it has sent."""

    def __init__(self, issue, account, user) -> None:
        self.account, self.user = account, user
        self.bills = [issue(about=f"tests.thing:{n}", amount=100_000 + 1000 * n, kind="retribution") for n in range(BILLS)]
        self.rows: list[Transfer] = []
        self.sent = 0

    def live(self, acts) -> None:
        for kind, which, wrong, spare in acts:
            getattr(self, "do_" + kind.replace("-", "_"))(which, wrong, spare)
            found = billing.check_money()
            assert found.ok, (kind, found.problems)
        lines = Counter(StatementLine.objects.values_list("amount", "text"))
        assert lines == Counter((Decimal(row.amount), row.text) for row in self.rows)
        self.books_agree()

    def books_agree(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT account_id, sum(amount) FROM ledger_posting GROUP BY 1")
            held = Counter(dict(cursor.fetchall()))
        listed = sum(line.rest for line in StatementLine.objects.all()) + sum(one.unapplied for one in Receipt.objects.all())
        assert held["treasury"] == sum(row.amount for row in self.rows) and -held["unidentified"] == listed
        assert sum(held.values()) == 0

    def tell(self, *new: Transfer) -> None:
        """The statement of all days so far: overlapping every one before it."""
        self.rows += new
        text = mt940_text(self.rows, account=NUMBER, number=f"{len(self.rows)}/1")
        billing.take_statement(text.encode(), file_name="a.sta", account=self.account, by=None, now=NOW)

    def message(self, channel: str, bill: Bill, amount: Decimal, *, copies: int) -> None:
        self.sent += 1
        for _copy in range(1 + copies):
            try:
                billing.receive(
                    channel=channel,
                    source=f"tests:{channel}:{self.sent}",
                    bill_id=bill.pk,
                    amount=amount,
                    now=NOW,
                    reference=f"REFNO{self.sent:05d}",
                    happened_at=NOW,
                    account=self.account,
                    strict=channel == "va",
                )
            except (BillAmountWrong, BillCancelled, BillFullyPaid):
                assert channel == "va" and not Receipt.objects.filter(source=f"tests:va:{self.sent}").exists()

    def do_va(self, which, wrong, spare):
        bill = self.bills[which]
        self.message("va", bill, billing.standing(bill).remaining + wrong or Decimal(1), copies=spare)

    def do_qris(self, which, wrong, spare):
        bill = self.bills[which]
        self.message("qris", bill, bill.total + wrong, copies=spare)

    def do_line(self, which, wrong, _spare):
        bill = self.bills[which]
        self.tell(Transfer(day=TODAY, amount=bill.total + wrong, text=f"TRF {bill.payment_code} {len(self.rows)}"))

    def do_plan(self, which, *_):
        bill = Bill.objects.get(pk=self.bills[which].pk)
        asked = bill.total + bill.adjusted
        if not bill.cancelled_at and asked >= 3:
            parts = [(TODAY + timedelta(days=n), asked // 3) for n in range(2)]
            parts.append((TODAY + timedelta(days=2), asked - 2 * (asked // 3)))
            actions.plan_instalments(bill_id=bill.pk, parts=parts, decision_number="uji", by=self.user, now=NOW)

    def do_instalment(self, which, wrong, way):
        """What is asked now, or a rupiah more: by the bank's line, or told by a channel."""
        bill = self.bills[which]
        owed = owed_of([bill.pk], TODAY)[bill.pk]
        if owed.asked is None:
            return
        amount, before, has_receipts = owed.asked.amount + wrong, owed.amount, bill.receipts.exclude(unsettled=0).exists()
        fits = owed.fits(amount)
        if way:
            self.message(("va", "qris")[way - 1], bill, amount, copies=1)
        else:
            self.tell(Transfer(day=TODAY, amount=amount, text=f"ANGSUR {bill.payment_code} {len(self.rows)}"))
        after = owed_of([bill.pk], TODAY)[bill.pk].amount
        # Never more than was asked goes to the bill by one act; a line pays it unless it brings what a channel told of before.
        assert after in {before, before - amount} and (fits or after == before or way)
        if way == 0 and not has_receipts:
            assert (after == before - amount) == bool(fits)

    def do_money(self, which, _wrong, _spare):
        """The bank line of a message that was sent, found by its reference."""
        receipts = list(Receipt.objects.filter(undoes=None).exclude(unsettled=0).order_by("pk"))
        if receipts:
            one = receipts[which % len(receipts)]
            self.tell(Transfer(day=TODAY, amount=one.unsettled, text=f"{one.channel} {one.reference} {len(self.rows)}"))

    def do_sum(self, *_):
        total = sum(one.unsettled for one in Receipt.objects.filter(channel="qris"))
        if total:
            self.tell(Transfer(day=TODAY + timedelta(days=1), amount=total, text=f"SETTLEMENT {len(self.rows)}"))

    def do_out(self, *_):
        self.tell(Transfer(day=TODAY, amount=-700, text=f"BIAYA {len(self.rows)}", mark="D"))

    def do_again(self, *_):
        if self.rows:
            self.tell()

    def do_withdraw(self, which, *_):
        receipts = list(Receipt.objects.filter(undoes=None).order_by("pk"))
        if receipts:
            billing.withdraw(source=receipts[which % len(receipts)].source, reason="dikembalikan kanal", now=NOW)

    def do_undo(self, which, *_):
        payments = list(Payment.objects.filter(undoes=None, undone_by=None).order_by("pk"))
        if payments:
            one = payments[which % len(payments)]
            actions.take_back_payment(payment_id=one.pk, reason="salah pasang", by=self.user, now=NOW)

    def do_undo_settlement(self, which, *_):
        found = list(Settlement.objects.filter(undoes=None, undone_by=None).order_by("pk"))
        if found:
            actions.take_back_settlement(settlement_id=found[which % len(found)].pk, reason="salah pasang", by=self.user, now=NOW)

    def do_fee(self, which, *_):
        receipts = list(Receipt.objects.filter(undoes=None).exclude(unsettled=0).order_by("pk"))
        if receipts:
            one = receipts[which % len(receipts)]
            actions.settle_receipt(receipt_id=one.pk, outcome="bank_charges", note="potongan kanal", by=self.user, now=NOW)

    def do_give_away(self, which, *_):
        receipts = list(Receipt.objects.filter(undoes=None).exclude(unapplied=0).order_by("pk"))
        if receipts:
            one, outcome = receipts[which % len(receipts)], ("returned", "other_income")[which % 2]
            actions.settle_receipt(receipt_id=one.pk, outcome=outcome, note="tidak ada tagihannya", by=self.user, now=NOW)

    def do_cancel(self, which, *_):
        bill = Bill.objects.get(pk=self.bills[which].pk)
        if not bill.cancelled_at and bill.total + bill.adjusted > bill.principal_paid:
            billing.cancel_bill(bill=bill, reason="ditarik", part_paid=True, now=NOW)

    def do_reduce(self, which, *_):
        bill = Bill.objects.get(pk=self.bills[which].pk)
        if not bill.cancelled_at and bill.total + bill.adjusted > 60_000:
            with transaction.atomic():
                held = actions.adjusting.hold_bill(bill.pk)
                actions.adjust(held, kind="reduction", amount=Decimal(-60_000), reason="keringanan", decided_on=TODAY, now=NOW)

    def do_confirm(self, which, *_):
        standing = billing.standing(self.bills[which])
        if standing.state in {"open", "part"} and standing.remaining:
            actions.confirm_transfer(
                bill=self.bills[which],
                transfer_number=f"FT{which}000099",
                transferred_at=NOW,
                amount=standing.remaining,
                channel="web",
                now=NOW,
            )
            self.tell(Transfer(day=TODAY, amount=standing.remaining, text=f"SITI FT{which}000099 {len(self.rows)}"))

    def do_assign(self, which, *_):
        line = StatementLine.objects.filter(rest__gt=1).order_by("pk").first()
        standing = billing.standing(self.bills[which])
        if line and standing.state in {"open", "part"}:
            billing.assign_line(line_id=line.pk, bill=self.bills[which], note="milik tagihan ini", by=self.user, now=NOW)

    def do_settle(self, *_):
        line = StatementLine.objects.exclude(rest=0).order_by("-pk").first()
        if line:
            outcome = "other_income" if line.rest > 0 else "bank_charges"
            actions.settle_line(line_id=line.pk, outcome=outcome, note="sudah jelas", by=self.user, now=NOW)

    def do_refund(self, which, *_):
        over = billing.standing(self.bills[which]).over
        if over:
            from django.contrib.auth import get_user_model

            second, _new = get_user_model().objects.get_or_create(
                username="kedua@contoh.invalid", defaults={"name": "Dua Orangwati"}
            )
            refund = actions.give_back(
                bill_id=self.bills[which].pk,
                amount=over,
                to_bank="B",
                to_account="1",
                to_holder="S",
                reason="lebih bayar",
                decision_number="",
                by=self.user,
                approved_by=second,
                now=NOW,
            )
            self.tell(Transfer(day=TODAY, amount=-over, text=f"RESTITUSI {refund.number} {len(self.rows)}", mark="D"))
