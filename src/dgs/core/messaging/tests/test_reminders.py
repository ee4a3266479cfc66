"""Reminders: made, moved, ended with their matter, and each step sent once, whatever was missed or happens twice."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection

from dgs.core.audit.models import AuditRow
from dgs.core.messaging import agenda
from dgs.core.messaging.actions import reminders, reminding
from dgs.core.messaging.actions.reminding import send_due
from dgs.core.messaging.actions.wishes import fall_silent
from dgs.core.messaging.api import Matter, Words, end_reminder, remind
from dgs.core.messaging.models import Message, Reminder, ReminderStep
from dgs.core.messaging.steps import next_day, step_due, windows
from dgs.kernel import registry
from dgs.kernel.manifest import ReminderKind

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Jakarta")
DUE = date(2026, 12, 30)
MADE = datetime(2026, 10, 1, 9, tzinfo=ZONE)


def at(day, hour=9, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def before(days):
    return at(DUE - timedelta(days=days))


class Matters:
    """The matters of a kind for tests: those that have ended are in `ended`, those that break in `broken`."""

    def __init__(self):
        self.ended, self.broken = set(), set()

    def __call__(self, those, on):
        if self.broken & {one.key for one in those}:
            raise ZeroDivisionError
        return {one.key: Matter(words=self.words(one), title=one.key) for one in those if one.key not in self.ended}

    def words(self, one):
        return lambda days: Words(sms=f"{one.key}: {days} hari", subject=f"{one.key}", body=f"Surat {one.key}: {days}")


@pytest.fixture(autouse=True)
def matters(monkeypatch, settings):
    settings.DGS_QUIET_HOURS = "21:00-06:00"
    known, real = Matters(), registry.reminder_kinds()
    kind = ReminderKind(code="trial", title="Percobaan", steps=(60, 30, 7, -1), matters=known)
    monkeypatch.setattr(registry, "reminder_kinds", lambda: real | {"trial": kind})
    return known


@pytest.fixture
def siti(django_user_model):
    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    return django_user_model.objects.create_user(
        username="siti@contoh.invalid", name="Siti Contohwati", email="siti@contoh.invalid", phone="6281200000001", party=party
    )


def make(siti, key="a", due_on=DUE, **more):
    return remind(**({"key": key, "kind": "trial", "about": f"tests.thing:{key}", "due_on": due_on, "party_id": siti.party_id,
                      "now": MADE} | more))


def sent():
    return [(one.channel, one.body) for one in Message.objects.order_by("pk")]


def sms():
    return [body for channel, body in sent() if channel == "sms"]


def test_a_reminder_is_made_once_and_waits_for_its_first_step(siti):
    assert make(siti).pk == make(siti).pk
    row = Reminder.objects.get()
    assert (row.due_on, row.next_on, row.steps) == (DUE, DUE - timedelta(days=60), [60, 30, 7, -1])
    assert not send_due(now=before(61)) and not sent()


def test_each_step_is_sent_once_by_sms_and_mail(siti):
    make(siti)
    for days in (60, 60, 45, 30, 7, 7, 0, -1, -2):
        send_due(now=before(days))
    assert sms() == ["a: 60 hari", "a: 30 hari", "a: 7 hari", "a: -1 hari"]
    assert len(sent()) == 8 and ("email", "Surat a: 60") in sent()
    assert Message.objects.filter(kind="reminder", about="tests.thing:a", party=siti.party_id).count() == 8
    assert [one.messages for one in ReminderStep.objects.order_by("pk")] == [2, 2, 2, 2]
    assert Reminder.objects.get().next_on is None


def test_a_step_known_of_too_late_is_not_made_up_for(siti):
    make(siti, now=before(30))
    send_due(now=before(30) + timedelta(hours=1))
    assert not sent() and Reminder.objects.get().next_on == DUE - timedelta(days=7)


def test_after_a_week_without_power_the_nearest_missed_step_is_sent_once(siti):
    make(siti)
    make(siti, "b", DUE + timedelta(days=23))  # its step of 30 days is the day of the other's step of 7
    send_due(now=before(61))
    send_due(now=before(3))
    assert sms() == ["a: 3 hari", "b: 26 hari"]
    send_due(now=before(2))
    assert len(sms()) == 2


def test_of_several_missed_steps_only_the_nearest_is_sent(siti):
    make(siti, steps=(7, 3, 1))
    send_due(now=before(1))
    assert sms() == ["a: 1 hari"]


def test_after_the_date_only_steps_after_it_are_sent_and_not_for_ever(siti):
    make(siti, steps=(7, 1))
    make(siti, "b")
    make(siti, "c", DUE - timedelta(days=30))
    send_due(now=before(-3))
    assert sms() == ["b: -3 hari"]
    assert not Reminder.objects.filter(next_on__isnull=False).exists()


def test_a_moved_date_is_spoken_of_anew_when_its_steps_are_to_come(siti):
    make(siti)
    send_due(now=before(60))
    later = DUE + timedelta(days=40)
    make(siti, due_on=later, now=before(50))
    for days in (50, 31, 30, 20):
        send_due(now=before(days))
    assert sms() == ["a: 60 hari", "a: 60 hari"]  # 60 days before the new date, on the 20th before the old one
    assert [one.due_on for one in ReminderStep.objects.order_by("pk")] == [DUE, later]


def test_moving_there_and_back_repeats_no_step(siti):
    make(siti)
    send_due(now=before(30))
    make(siti, due_on=DUE + timedelta(days=5), now=before(30) + timedelta(hours=1))
    make(siti, now=before(30) + timedelta(hours=2))
    send_due(now=before(30) + timedelta(hours=3))
    send_due(now=before(29))
    assert sms() == ["a: 30 hari"]


def test_an_earlier_date_tells_only_what_is_still_to_come(siti):
    make(siti)
    make(siti, due_on=DUE - timedelta(days=40), now=before(60))
    send_due(now=before(60) + timedelta(hours=1))
    assert not sent()
    send_due(now=before(47))
    assert sms() == ["a: 7 hari"]


def test_an_ended_matter_says_nothing_and_may_begin_anew(siti):
    make(siti)
    assert end_reminder(key="a", now=MADE) and not end_reminder(key="a", now=MADE) and not end_reminder(key="x", now=MADE)
    send_due(now=before(60))
    assert not sent() and Reminder.objects.get().ended_why == "over"
    make(siti, now=before(60))
    send_due(now=before(30))
    assert sms() == ["a: 30 hari"]


def test_a_matter_that_its_room_says_has_ended_is_ended_on_the_day(siti, matters):
    make(siti)
    matters.ended.add("a")
    send_due(now=before(60))
    row = Reminder.objects.get()
    assert not sent() and row.ended_at is not None and row.next_on is None


@pytest.mark.parametrize(("hour", "minute", "count"), [(0, 5, 0), (7, 59, 0), (8, 0, 1), (19, 59, 1), (20, 0, 0), (23, 0, 0)])
def test_nobody_is_reminded_before_eight_or_in_the_evening(siti, hour, minute, count):
    make(siti)
    send_due(now=at(DUE - timedelta(days=60), hour, minute))
    assert len(sms()) == count


def test_who_said_stop_gets_no_sms_but_the_mail(siti):
    make(siti)
    fall_silent(address=siti.phone, now=MADE)
    send_due(now=before(60))
    assert Message.objects.get(channel="sms").state == "stopped"
    assert Message.objects.get(channel="email").state == "queued"


def test_an_account_without_a_confirmed_address_or_closed_is_told_nothing_and_the_step_is_over(siti, django_user_model):
    make(siti)
    django_user_model.objects.update(is_active=False)
    send_due(now=before(60))
    assert not sent() and ReminderStep.objects.get().messages == 0
    assert Reminder.objects.get().next_on == DUE - timedelta(days=30)


def test_words_are_in_the_language_of_the_reader(siti):
    siti.language = "en"
    siti.save()
    remind(key="h", kind="appointment", about="", due_on=DUE, user_id=siti.pk, text="Rapat", now=MADE)
    send_due(now=before(7))
    assert "Reminder: Rapat, Wednesday" in sms()[0] and "in 7 days" in sms()[0]


def test_one_that_breaks_holds_up_itself_only(siti, matters):
    for key in "abc":
        make(siti, key)
    matters.broken.add("b")
    send_due(now=before(60))
    assert sms() == ["a: 60 hari", "c: 60 hari"]
    matters.broken.clear()
    send_due(now=before(59))
    assert sms()[2:] == ["b: 59 hari"]


def test_a_crash_between_two_loses_and_doubles_nothing(siti, monkeypatch):
    for number in range(5):
        make(siti, f"k{number}")
    monkeypatch.setattr(reminding, "AT_ONCE", 2)
    real, count = reminding._take, []

    def crash(keys, *, now):
        count.append(keys)
        if len(count) == 2:
            raise KeyboardInterrupt
        real(keys, now=now)

    monkeypatch.setattr(reminding, "_take", crash)
    with pytest.raises(KeyboardInterrupt):
        send_due(now=before(60))
    assert len(sms()) == 2
    monkeypatch.setattr(reminding, "_take", real)
    send_due(now=before(60))
    assert sorted(sms()) == [f"k{number}: 60 hari" for number in range(5)]


def test_when_there_is_much_the_rest_is_left_for_the_next_job(siti, monkeypatch):
    for number in range(3):
        make(siti, f"k{number}")
    monkeypatch.setattr(reminding, "AT_ONCE", 1)
    assert send_due(now=before(60), seconds=0)
    assert len(sms()) == 1
    assert not send_due(now=before(60))
    assert len(sms()) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_step_once(siti):
    for number in range(30):
        make(siti, f"k{number:02}")
    barrier, broken = Barrier(3), []

    def work():
        try:
            barrier.wait()
            send_due(now=before(60))
        except Exception as error:  # noqa: BLE001 - told below
            broken.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_due(now=before(60))
    assert not broken
    assert sorted(sms()) == [f"k{number:02}: 60 hari" for number in range(30)]
    assert ReminderStep.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_reminder_make_one(siti):
    barrier, broken = Barrier(2), []

    def work(due_on):
        try:
            barrier.wait()
            make(siti, due_on=due_on)
        except Exception as error:  # noqa: BLE001 - told below
            broken.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[DUE + timedelta(days=n)]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken and Reminder.objects.count() == 1


def test_what_is_due_is_found_by_an_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    due = Reminder.objects.filter(next_on__lte=DUE).order_by("next_on", "pk").values_list("next_on", "pk")[:50]
    assert "reminder_next" in due.explain()


@pytest.mark.parametrize(
    ("today", "step"),
    [(61, None), (60, 60), (46, 60), (45, None), (30, 30), (8, None), (7, 7), (0, 7), (-1, -1), (-15, -1), (-16, None)],
)
def test_which_step_a_day_calls_for(today, step):
    day = DUE - timedelta(days=today)
    steps = (60, 30, 7, -1)
    assert step_due(steps, due_on=DUE, known_on=date(2026, 1, 1), today=day) == step
    spoken = [days for days, first, last in windows(steps, day=day, today=day) if first <= DUE <= last]
    assert spoken == ([] if step is None else [step])
    assert next_day(steps, due_on=DUE, after=DUE) == DUE + timedelta(days=1)


def test_the_agenda_tells_what_a_day_will_send_and_sending_does_it(siti, matters):
    make(siti)
    make(siti, "b", DUE + timedelta(days=23))
    matters.ended.add("b")
    day = DUE - timedelta(days=7)
    scope = agenda.Scope()
    lines = list(agenda.lines(agenda.parts(day, today=MADE.date(), scope=scope), day))
    assert [(one.reminder.key, one.step, one.has_ended) for one in lines] == [("a", 7, False), ("b", 30, True)]
    assert lines[0].told[0].to == ("0812****001", "s***@contoh.invalid") and lines[0].told[0].words.sms == "a: 7 hari"
    counts = agenda.month(date(2026, 12, 1), date(2026, 12, 31), today=MADE.date(), scope=scope)
    assert {on: dict(one) for on, one in counts.items()} == {day: {"trial": 2}, DUE + timedelta(days=1): {"trial": 1}}
    send_due(now=at(day))
    assert sms() == ["a: 7 hari"]
    assert agenda.parts(day, today=day, scope=scope) == []
    assert agenda.month(day, day, today=day, scope=scope)[day]["trial"] == 1


def test_a_reminder_by_hand_is_audited_moved_and_taken_back(siti, now):
    values = {"key": "hand:1", "kind": "appointment", "user_id": siti.pk, "party_id": siti.party_id, "office": "dishub",
              "at": None, "text": "Rapat", "steps": [7, 1], "by": siti}
    row = reminders.set_by_hand(due_on=now.date() + timedelta(days=7), now=now, **values)
    assert row.next_on == now.date()  # today's step is still taken
    reminders.set_by_hand(due_on=now.date() + timedelta(days=7), now=now + timedelta(minutes=1), **values)
    assert AuditRow.objects.filter(action="messaging.set_reminder").count() == 1
    reminders.set_by_hand(due_on=now.date() + timedelta(days=9), now=now + timedelta(minutes=2), **values)
    assert Reminder.objects.get().next_on == now.date() + timedelta(days=2)
    with pytest.raises(reminders.NoStepLeft):
        reminders.set_by_hand(due_on=now.date() - timedelta(days=9), now=now, **values)
    assert Reminder.objects.get().due_on == now.date() + timedelta(days=9)
    reminders.take_back(reminder_id=row.pk, by=siti, now=now)
    with pytest.raises(reminders.ReminderEnded):
        reminders.take_back(reminder_id=row.pk, by=siti, now=now)
    with pytest.raises(reminders.ReminderEnded):
        reminders.set_by_hand(due_on=now.date() + timedelta(days=9), now=now, **values)
    assert AuditRow.objects.filter(action="messaging.take_back_reminder").count() == 1
    assert Reminder.objects.get().ended_why == "cancelled"


def test_dates_of_one_room_that_cannot_be_read_hold_up_no_other(siti, monkeypatch):
    def breaks():
        raise ValueError("a rule that cannot be read")

    broken = replace(registry.reminder_kinds()["trial"], code="broken", dates=breaks)
    kinds = {"broken": broken, **registry.reminder_kinds()}
    monkeypatch.setattr(registry, "reminder_kinds", lambda: kinds)
    make(siti)
    assert not send_due(now=before(30))
    assert sms() == ["a: 30 hari"]
