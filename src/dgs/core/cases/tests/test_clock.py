"""The clock of a case: working days, pauses, warnings, expiry; holidays themselves are tested in regions."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgs.core.billing import api as billing
from dgs.core.cases import api as cases
from dgs.core.cases import clock
from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case, Pause
from dgs.core.cases.record import record_of
from dgs.core.cases.tests.conftest import working_days_later
from dgs.core.messaging import api as messaging
from dgs.core.regions import api as regions
from dgs.core.services import api as services

REPLY = {"child_name": "Putri Contoh Baru"}


def minded(case, now):
    touched = cases.mind_the_clock(now=now)
    case.refresh_from_db()
    return touched


def kinds(case):
    return list(case.events.order_by("seq").values_list("kind", flat=True))


def test_the_day_of_sending_in_does_not_count_and_weekends_do_not(player):
    case = player.make("akta-kelahiran")  # a Wednesday; three working days
    assert str(case.due_on) == "2026-11-23"
    assert str(case.step_due_on) == "2026-11-19"
    friday_to_monday = [clock.days_used(case, [], player.now + timedelta(days=n)) for n in range(6)]
    assert friday_to_monday == [0, 1, 2, 2, 2, 3]


def test_a_pause_takes_out_its_days_and_moves_the_end_by_as_many(player):
    case = player.make("akta-kelahiran")
    due = case.due_on
    asked = working_days_later(player.now, 1)
    player.act(case, "correct", marks={"child_name": "Periksa."}, now=asked)
    answered = working_days_later(asked, 4)
    case.refresh_from_db()
    assert clock.days_used(case, case.pauses.all(), answered) == 1
    player.act(case, "resubmit", values=REPLY, now=answered)
    case.refresh_from_db()
    assert case.due_on == regions.add_working_days(due, 4)
    assert case.paused_since is None
    assert clock.days_used(case, case.pauses.all(), working_days_later(answered, 1)) == 2


def test_a_pause_over_a_local_holiday_does_not_count_that_day(player, regions):
    from dgs.core.regions import api as regions_api

    case = player.make("akta-kelahiran")
    due = case.due_on
    player.act(case, "correct", marks={"child_name": "Periksa."})
    add_holiday(player.now.date() + timedelta(days=1), player)
    answered = player.now + timedelta(days=2)
    player.act(case, "resubmit", values=REPLY, now=answered)
    case.refresh_from_db()
    assert case.due_on == regions_api.add_working_days(due, 1)
    assert clock.days_used(case, case.pauses.all(), answered) == 0


def add_holiday(day, player):
    from dgs.core.regions import api as regions_api
    from dgs.core.regions.api import home_region

    regions_api.add_local_holiday(
        on=day, name="Hari jadi kabupaten (contoh)", source="Keputusan Bupati (contoh)", region=home_region(),
        by=player.users("administrator")[0], now=player.now,
    )  # fmt: skip


def test_sending_back_and_forth_on_one_day_never_gives_days_back(player):
    case = player.make("akta-kelahiran")
    day = working_days_later(player.now, 2)
    due = case.due_on
    for _time in range(3):
        player.act(case, "correct", marks={"child_name": "Periksa."}, now=day)
        player.act(case, "resubmit", values=REPLY, now=day + timedelta(minutes=5))
    case.refresh_from_db()
    assert case.due_on == due
    assert clock.days_used(case, case.pauses.all(), day + timedelta(minutes=9)) == 2


def test_a_step_that_a_case_comes_back_to_has_only_what_is_left_of_its_limit(player):
    case = player.make("izin-trayek")
    limit = services.definition_of(case.version_id).workflow.states["check"].working_days
    assert limit >= 2
    asked = working_days_later(player.now, 1)
    definition = services.definition_of(case.version_id)
    field = transitions.askable(case, definition, now=asked)[0].id
    player.act(case, "correct", marks={field: "Periksa."}, now=asked)
    answered = working_days_later(asked, 4)
    player.act(case, "resubmit", values={field: case.data[field]}, now=answered)
    case.refresh_from_db()
    assert case.state == "check"
    assert case.step_due_on == regions.add_working_days(clock.day_of(answered), limit - 1)
    later = working_days_later(answered, 1)
    reading = clock.read(case, record_of(case), definition.workflow.working_days, limit, later)
    assert reading.step_used == 2


def test_a_step_whose_limit_is_used_up_ends_on_the_day_it_begins_again(player):
    case = player.make("akta-kelahiran")
    late = working_days_later(player.now, 3)
    player.act(case, "correct", marks={"child_name": "Periksa."}, now=late)
    player.act(case, "resubmit", values=REPLY, now=working_days_later(late, 2))
    case.refresh_from_db()
    assert (case.state, case.step_due_on) == ("check", clock.day_of(working_days_later(late, 2)))
    # Two stays of one day each count as two, however often the case goes to and fro.
    assert clock.read(case, record_of(case), 3, 1, working_days_later(late, 2)).step_used == 3


def test_each_notice_of_correction_gives_the_applicant_the_whole_time(player):
    case = player.make("akta-kelahiran")
    due = []
    for _time in range(2):
        player.act(case, "correct", marks={"child_name": "Periksa."}, now=player.now)
        case.refresh_from_db()
        due.append(case.step_due_on)
        player.act(case, "resubmit", values=REPLY, now=player.now)
    assert due[0] == due[1]


def test_waiting_for_payment_pauses_for_its_own_reason(player):
    case = player.run(player.make("izin-trayek"), "accept", "advise")
    assert case.pauses.get().reason == "awaiting_payment"
    later = working_days_later(player.now, 5)
    player.run(case, "paid", now=later)
    assert case.pauses.get().ended_at == later
    assert clock.days_used(case, case.pauses.all(), later) == 0


def test_the_holder_is_warned_on_the_last_day_once(player):
    case = player.make("akta-kelahiran")
    assert minded(case, player.now) == 0
    last = working_days_later(player.now, 1)
    assert minded(case, last) == 1
    assert case.warned_at == last
    assert minded(case, last + timedelta(hours=1)) == 0
    assert kinds(case) == ["submitted"]


def test_a_step_that_is_late_goes_up_to_the_head_once(player):
    case = player.make("akta-kelahiran")
    late = working_days_later(player.now, 2)
    assert minded(case, late) == 1
    assert minded(case, late + timedelta(minutes=5)) == 0
    assert kinds(case) == ["submitted", "escalated"]
    said = [m for m in messaging.messages_about(f"cases.case:{case.pk}") if m.party_id is None]
    assert {m.to for m in said} >= {"kepala.capil@dgs.example"} or said == []
    assert case.state == "check" and case.closed_at is None


def test_the_end_of_the_term_goes_up_once_more_and_only_once(player):
    case = player.make("akta-kelahiran")
    for days in (2, 3, 4, 5, 6):
        minded(case, working_days_later(player.now, days))
    assert kinds(case) == ["submitted", "escalated", "escalated"]
    assert [e.data["over"] for e in case.events.filter(kind="escalated").order_by("seq")] == ["step", "term"]
    player.act(case, "accept", now=working_days_later(player.now, 6))
    case.refresh_from_db()
    assert minded(case, working_days_later(player.now, 6)) == 0


def test_when_nobody_looked_for_long_the_law_is_still_applied(player):
    """The step is late and the term is over at the same look, or the step was late before: both are marked."""
    at_once_over, step_first = player.make("izin-reklame"), player.make("izin-reklame")
    minded(step_first, working_days_later(player.now, 2))
    for case in (at_once_over, step_first):
        case.refresh_from_db()
    over = working_days_later(player.now, 6)
    cases.mind_the_clock(now=over)
    for case in (at_once_over, step_first):
        case.refresh_from_db()
        assert case.deemed_at == over, kinds(case)
        assert (case.state, case.closed_at, case.outcome) == ("check", None, "")


def test_what_is_deemed_granted_is_marked_and_nothing_is_issued(player, run_jobs):
    from dgs.core.documents import api as documents

    case = player.make("izin-reklame")
    over = working_days_later(player.now, 6)
    cases.mind_the_clock(now=over)
    cases.mind_the_clock(now=over + timedelta(days=30))
    case.refresh_from_db()
    assert kinds(case).count("deemed") == 1
    assert documents.document_for(f"cases.case:{case.pk}") is None
    # The office still has to do its work, and can.
    player.act(case, "accept", now=over)
    case.refresh_from_db()
    assert case.state == "inspection" and case.deemed_at == over


def test_an_unpaid_application_lapses_with_its_bill(player):
    case = player.run(player.make("izin-trayek"), "accept", "advise")
    assert minded(case, working_days_later(player.now, 22)) == 1
    assert case.state == "payment"
    gone = working_days_later(player.now, 23)
    assert minded(case, gone) == 1
    assert (case.state, case.outcome, case.closed_at) == ("lapsed", "lapsed", gone)
    assert case.pauses.get().ended_at == gone
    assert case.days_used == 0
    assert billing.standing(billing.bill_for(f"cases.case:{case.pk}")).state == "cancelled"
    assert minded(case, gone + timedelta(days=90)) == 0
    assert kinds(case)[-1] == "lapsed"


def test_a_paused_case_is_not_over_its_term(player):
    case = player.make("izin-reklame")
    player.act(case, "correct", marks={"message": "Periksa."})
    minded(case, working_days_later(player.now, 8))
    assert case.deemed_at is None and kinds(case) == ["submitted", "action"]


def test_one_broken_case_stops_no_other(player, caplog):
    broken, good = player.make("akta-kelahiran"), player.make("akta-kelahiran")
    Case.objects.filter(pk=broken.pk).update(state="no_such_state")
    late = working_days_later(player.now, 2)
    assert cases.mind_the_clock(now=late) == 1
    good.refresh_from_db()
    assert good.escalated_at == late
    assert "the clock could not be minded" in caplog.text and "1607" not in caplog.text


def test_many_broken_cases_in_front_do_not_use_up_the_limit(player, caplog):
    broken = [player.make("akta-kelahiran") for _n in range(3)]
    good = player.make("akta-kelahiran")
    Case.objects.filter(pk__in=[case.pk for case in broken]).update(state="no_such_state")
    assert cases.mind_the_clock(now=working_days_later(player.now, 2), limit=1) == 1
    good.refresh_from_db()
    assert good.escalated_at is not None


def test_the_reading_of_the_clock_counts_left_and_share(player):
    case = player.make("akta-kelahiran")
    reading = clock.read(case, record_of(case), 3, 1, working_days_later(player.now, 5))
    assert (reading.used, reading.left, reading.is_overdue, reading.share) == (5, -2, True, 100)


STEPS = st.lists(st.tuples(st.sampled_from(["pause", "resume", "wait"]), st.integers(0, 9)), max_size=12)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_however_a_case_pauses_days_never_come_back_and_paused_days_never_count(player, steps):
    case = player.make("akta-kelahiran")
    definition = services.definition_of(case.version_id)
    now, used, counted = player.now, 0, 0
    for act, days in steps:
        before, was_paused = now, case.paused_since is not None
        now = now + timedelta(days=days)
        gone = regions.working_days_between(clock.day_of(before), clock.day_of(now))
        counted += 0 if was_paused else gone
        reading = clock.days_used(case, case.pauses.all(), now)
        assert reading == counted >= used
        used = reading
        if act == "pause" and not was_paused:
            transitions.enter(case, "correction", definition=definition, now=now)
        elif act == "resume" and was_paused:
            transitions.enter(case, "check", definition=definition, now=now)
        if case.paused_since is None:
            paused = sum(
                regions.working_days_between(clock.day_of(p.began_at), clock.day_of(p.ended_at))
                for p in Pause.objects.filter(case=case)
            )
            assert case.due_on == regions.add_working_days(clock.day_of(case.submitted_at), 3 + paused)
