"""Holders are reminded before what was issued for their case ends; not when it was withdrawn, and what was issued before too."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from dgs.core.documents import api as documents
from dgs.core.documents.models import IssuedDocument
from dgs.core.messaging import agenda
from dgs.core.messaging.actions.reminding import send_due
from dgs.core.messaging.models import Message, Reminder

pytestmark = pytest.mark.django_db
SERVICE = "izin-trayek"


@pytest.fixture
def permit(player):
    """A permit that was issued, with an end."""
    case = player.finish(SERVICE)
    return case, documents.document_for(f"cases.case:{case.pk}")


def before(document, days):
    return timezone.make_aware(datetime.combine(document.valid_until - timedelta(days=days), time(9)))


def said():
    return Message.objects.filter(kind="reminder").order_by("pk")


def test_the_one_who_applied_is_reminded_of_the_end_three_times(permit):
    case, document = permit
    for days in (61, 60, 59, 30, 7, 1, 0, -1):
        send_due(now=before(document, days))
    texts = [one.body for one in said() if one.channel == "sms"] or [one.body for one in said()]
    assert len(texts) == 3
    assert document.number in texts[0] and "60 hari lagi" in texts[0] and case.reference in texts[0]
    assert {(one.party_id, one.about, one.office_id) for one in said()} == {
        (case.applicant_id, f"cases.case:{case.pk}", case.office.slug)
    }


def test_a_withdrawn_permit_is_not_spoken_of(permit, now):
    case, document = permit
    documents.take_back(about=document.about, reason="Izin dicabut karena usaha berhenti.", by=None, now=now)
    row = Reminder.objects.get()
    assert row.ended_why == "withdrawn" and row.next_on is None
    send_due(now=before(document, 30))
    assert not said()


def test_a_permit_whose_end_was_changed_without_telling_is_not_spoken_of_wrongly(permit):
    _case, document = permit
    IssuedDocument.objects.update(valid_until=document.valid_until + timedelta(days=90))
    send_due(now=before(document, 30))
    assert not said()


def test_what_ends_never_has_no_reminder(player):
    player.finish("akta-kelahiran")
    assert not Reminder.objects.exists()


def test_what_was_issued_before_there_were_reminders_gets_one_once(permit):
    from importlib import import_module

    from django.apps import apps
    from django.db import connection

    named = ("key", "kind", "about", "party_id", "office_id", "due_on", "steps", "known_on", "next_on")
    made = Reminder.objects.values(*named).get()
    Reminder.objects.all().delete()
    migration = import_module("dgs.core.cases.migrations.0004_reminders_of_documents")
    for _twice in range(2):
        with connection.schema_editor() as editor:
            migration.forward(apps, editor)
    assert Reminder.objects.values(*named).get() == made


def test_the_day_of_a_step_tells_the_service_and_its_link(permit, now):
    case, document = permit
    day = document.valid_until - timedelta(days=7)
    lines = list(agenda.lines(agenda.parts(day, today=now.date(), scope=agenda.Scope()), day))
    assert len(lines) == 1 and case.reference in lines[0].told[0].words.sms
