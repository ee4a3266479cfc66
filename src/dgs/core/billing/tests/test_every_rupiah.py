"""The property that matters most: whatever files come, in whatever order and how often, each rupiah is counted once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgs.core.billing import api as billing
from dgs.core.billing.codes import grouped
from dgs.core.billing.models import Bill, BillStanding, Payment, StatementLine
from dgs.core.billing.queries import check_money, worklist
from dgs.core.billing.simulator import Transfer, csv_text, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY

BILLS = 4
kinds = st.sampled_from(["exact", "exact", "little", "much", "unknown", "out", "reversed", "none"])
bookings = st.lists(st.tuples(kinds, st.integers(0, BILLS - 1), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=14)
# A file is a run of whole days or a day so far (a beginning of the day), as banks hand them out.
cuts = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 14)), min_size=1, max_size=6)


class _Undo(Exception):
    pass


def booking(kind, bill, day, variant):
    day = TODAY - timedelta(days=day)
    total = int(bill.total)
    code = grouped(bill.payment_code) if variant else f"TRF/{bill.payment_code}/SITI"
    amount, text, mark = {
        "exact": (total, code, ""), "little": (total - 1, code, ""), "much": (total + 1, code, ""),
        "unknown": (total, "1234 5678 9012", ""), "none": (5000, "SETORAN", ""), "out": (-700, "BIAYA ADM", "D"),
        "reversed": (-total, f"KOREKSI {code}", "RC"),
    }[kind]
    return Transfer(day=day, amount=amount, text=text, mark=mark)


@pytest.mark.django_db
@given(rows=bookings, files=cuts, order=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_rupiah_is_matched_or_listed_exactly_once(issue, account, paid_events, rows, files, order):
    paid_events.clear()
    try:
        with transaction.atomic():
            _play(issue, paid_events, rows, files, order)
            raise _Undo
    except _Undo:
        pass


def _play(issue, paid_events, rows, files, order):
    bills = [issue(about=f"tests.thing:{n}", amount=100_000 + n) for n in range(BILLS)]
    truth = sorted((booking(kind, bills[n], day, variant) for kind, n, day, variant in rows), key=lambda t: t.day)
    seen: Counter = Counter()
    handed = []
    for first, length, end in files:
        days = {TODAY - timedelta(days=first + n) for n in range(length + 1)}
        last = max(days)
        before = [t for t in truth if t.day in days and t.day != last]
        handed.append(before + [t for t in truth if t.day == last][:end])
    handed += order.choices(handed, k=2)
    order.shuffle(handed)
    for content in handed:
        counts = Counter(content)
        seen |= counts
        billing.take_statement(
            mt940_text(content, account=NUMBER).encode(), file_name="x.sta", account=None, by=None, now=NOW
        )
    lines = Counter(StatementLine.objects.values_list("booked_on", "amount", "text"))
    wanted = Counter()
    for transfer, count in seen.items():
        wanted[(transfer.day, transfer.amount, transfer.text)] += count
    assert lines == wanted
    came_in = sum(t.amount * n for t, n in seen.items() if t.amount > 0)
    check = check_money()
    assert check.ok, check.problems
    assert check.money_in == came_in == check.applied + sum(line.rest for line in worklist() if line.amount > 0)
    assert {p.bill_id for p in Payment.objects.all()} == {e.bill_id for e in paid_events}
    assert len(paid_events) == Payment.objects.count() == Bill.objects.filter(derived__state="paid").count()
    assert not BillStanding.objects.filter(state__in=["part", "over"]).exists()
    exact = {t.text for t in seen if t.amount > 0}
    assert all(any(b.payment_code in text.replace(" ", "") for text in exact) for b in Bill.objects.filter(derived__state="paid"))


@pytest.mark.django_db
def test_csv_and_mt940_of_different_days_go_together(issue, account):
    bill = issue()
    billing.take_statement(
        mt940_text([Transfer(day=TODAY - timedelta(days=1), amount=5, text="X")], account=NUMBER).encode(), file_name="a",
        account=None, by=None, now=NOW,
    )
    billing.take_statement(
        csv_text([Transfer(day=TODAY, amount=150_000, text=bill.payment_code)], account=NUMBER).encode(), file_name="b",
        account=None, by=None, now=NOW,
    )
    assert billing.standing(bill).state == "paid" and check_money().money_in == 150_005
