"""Acts that fell to a deadlock are done again: a payment locks bill, then case; an act locks case, then bill."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from dgs.core.billing import api as billing
from dgs.core.cases import api as cases
from dgs.core.parties.models import Party
from dgs.kernel import deadlocks


def broken_off():
    error = OperationalError("deadlock detected")
    error.__cause__ = Exception()
    error.__cause__.sqlstate = deadlocks.DEADLOCK
    return error


def failing(times, error):
    tries = []

    @deadlocks.retry_on_deadlock
    def act():
        tries.append(1)
        if len(tries) <= times:
            raise error
        return "done"

    return act, tries


@pytest.mark.django_db(transaction=True)
def test_an_act_is_done_again_until_it_is_through_and_given_up_after_four_times():
    act, tries = failing(3, broken_off())
    assert act() == "done" and len(tries) == 4
    act, tries = failing(9, broken_off())
    with pytest.raises(OperationalError):
        act()
    assert len(tries) == deadlocks.ATTEMPTS


@pytest.mark.django_db(transaction=True)
def test_other_errors_and_acts_inside_a_transaction_are_not_done_again():
    act, tries = failing(1, OperationalError("the server is away"))
    with pytest.raises(OperationalError):
        act()
    assert len(tries) == 1
    act, tries = failing(1, broken_off())
    with pytest.raises(OperationalError), transaction.atomic():
        act()
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_two_that_lock_crosswise_both_come_through():
    keys = [Party.objects.create(kind="person", name=f"{n} Contohwati").pk for n in ("Siti", "Sri")]
    both_hold, first_time, done = threading.Barrier(2, timeout=20), {0: True, 1: True}, []

    @deadlocks.retry_on_deadlock
    @transaction.atomic
    def act(number):
        Party.objects.select_for_update().get(pk=keys[number])
        if first_time[number]:
            first_time[number] = False
            both_hold.wait()
        Party.objects.select_for_update().get(pk=keys[1 - number])
        done.append(number)

    def run(number):
        try:
            act(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(done) == [0, 1]


@pytest.mark.parametrize("act", [billing.assign_line, cases.act])
def test_the_acts_that_lock_cases_and_bills_are_done_again(act, monkeypatch):
    tries = []

    def lost(*args, **kwargs):
        tries.append(1)
        raise broken_off()

    monkeypatch.setattr(transaction.Atomic, "__enter__", lost)
    names = {"line_id": 1, "bill": None, "note": "Sesuai mutasi", "by": None, "now": None}
    if act is cases.act:
        names = {"reference": "x", "action_id": "x", "by": None, "access": None, "seq": None, "now": None}
    with pytest.raises(OperationalError):
        act(**names)
    assert len(tries) == deadlocks.ATTEMPTS
