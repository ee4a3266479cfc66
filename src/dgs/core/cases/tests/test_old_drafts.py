"""Drafts that nobody touches for three months are discarded, and nothing else is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.cases import tasks
from dgs.core.cases.actions import drafts, submission
from dgs.core.cases.actions.old_drafts import KEPT, discard_old_drafts, kept_until
from dgs.core.cases.models import Case, Draft
from dgs.core.cases.tests.test_transitions import at_once
from dgs.core.documents.models import StoredFile
from dgs.ui.formats import day

MINUTE = timedelta(minutes=1)


def last_moment(now):
    """A draft saved before this moment is past its last day at `now`."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - KEPT


def age(draft, at):
    Draft.objects.filter(pk=draft.pk).update(updated_at=at)


def test_an_old_draft_goes_with_answers_and_files_and_a_younger_one_stays(player, django_capture_on_commit_callbacks):
    old, young = player.full_draft(), player.full_draft()
    sent = submission.submit_draft(draft_id=player.full_draft().pk, consent=True, by=player.siti, now=player.now)
    kept = StoredFile.objects.filter(about=f"cases.draft:{young.pk}").count()
    assert StoredFile.objects.filter(about=f"cases.draft:{old.pk}").count() == kept > 0
    for draft, at in ((old, -MINUTE), (young, MINUTE), (sent.draft, -MINUTE)):
        age(draft, last_moment(player.now) + at)
    with django_capture_on_commit_callbacks(execute=True):
        assert discard_old_drafts(now=player.now) == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.discarded_at, old.data) == (player.now, {})
    assert young.discarded_at is None and young.data
    assert not StoredFile.objects.filter(about=f"cases.draft:{old.pk}").exists()
    assert StoredFile.objects.filter(about=f"cases.draft:{young.pk}").count() == kept
    row = AuditRow.objects.get(action="cases.discard_old_draft")
    assert (row.actor, row.subject, row.person) == (None, f"cases.draft:{old.pk}", player.siti.party_id)
    assert Case.objects.get().data and discard_old_drafts(now=player.now) == 0


def test_saving_a_page_keeps_a_draft_for_another_three_months(player):
    draft = player.draft()
    age(draft, last_moment(player.now) - MINUTE)
    drafts.save_step(
        draft_id=draft.pk, step_id="reporter", raw={"relation": "mother"}, uploads={}, saved=None, by=player.siti,
        now=player.now,
    )  # fmt: skip
    assert discard_old_drafts(now=player.now) == 0


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_being_worked_on_at_this_moment_is_left_alone(player):
    draft = player.draft()
    age(draft, last_moment(player.now) - MINUTE)
    with transaction.atomic():
        drafts.draft_of(draft.pk, by=player.siti, lock=True)
        assert at_once(lambda: discard_old_drafts(now=player.now)) == [0]
    assert discard_old_drafts(now=player.now) == 1
    assert not connection.in_atomic_block


def test_a_draft_stays_until_the_day_that_was_shown_is_over_in_the_region(player):
    draft = player.draft()
    age(draft, datetime(2026, 8, 24, 1, 0, tzinfo=UTC))  # 08.00 WIB
    draft.refresh_from_db()
    assert kept_until(draft) == date(2026, 11, 22)
    for hour in (3, 16):  # 10.11 WIB, after the hour at which it was saved; 23.11 WIB
        assert discard_old_drafts(now=datetime(2026, 11, 22, hour, 11, tzinfo=UTC)) == 0
    draft.refresh_from_db()
    assert draft.discarded_at is None
    assert discard_old_drafts(now=datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == 1  # midnight in the region


def test_its_owner_reads_until_when_a_draft_is_kept(sign_in, live):
    draft = live.draft()
    page = sign_in(live.siti).get(reverse("cases:mine")).content.decode()
    assert kept_until(draft) == timezone.localdate(live.now + timedelta(days=90))
    assert f"disimpan sampai {day(kept_until(draft))}" in page


def test_the_worker_does_it_each_night(live):
    draft = live.draft()
    age(draft, last_moment(live.now) - MINUTE)
    tasks.discard_old_drafts(0)
    assert Draft.objects.get(pk=draft.pk).discarded_at
