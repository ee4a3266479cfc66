"""The verb `reminders`: what a day will send, in counts and with --all each one with a shortened address; it sends nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.cli import arguments, reminding
from dgs.cli.console import Refused
from dgs.core.messaging import api as messaging

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]


@pytest.fixture
def day(django_user_model):
    user = django_user_model.objects.create_user(username="a@contoh.invalid", name="Siti Contohwati", phone="6281200000001")
    due_on = timezone.localdate() + timedelta(days=8)
    for n in range(2):
        messaging.remind(
            key=f"k{n}", kind="appointment", about="", due_on=due_on, user_id=user.pk, text=f"Ambil surat {n}", now=timezone.now()
        )
    return due_on - timedelta(days=7)


def told(capsys, *words):
    assert reminding.run(arguments.read(["reminders", *words])) == 0
    return capsys.readouterr().out


def test_a_day_is_counted_by_kind(day, capsys):
    said = told(capsys, "--on", str(day))
    assert f"{day}: 2 reminders." in said and "Appointment" in said
    assert "Ambil surat" not in said


def test_with_all_each_is_told_with_a_shortened_address(day, capsys):
    said = told(capsys, "--on", str(day), "--all")
    assert "0812****001: Pengingat: Ambil surat 0" in said and "6281200000001" not in said


def test_today_and_a_day_without_any_are_answered(day, capsys):
    assert "0 reminders due and not sent." in told(capsys)
    assert "0 reminders." in told(capsys, "--on", str(day + timedelta(days=1)), "--all")


def test_a_day_that_is_over_is_refused_with_where_to_look(day):
    with pytest.raises(Refused, match="/pengingat/hari/2020-01-02"):
        reminding.run(arguments.read(["reminders", "--on", "2020-01-02"]))


def test_what_is_no_day_is_refused():
    with pytest.raises(SystemExit):
        arguments.read(["reminders", "--on", "besok"])
