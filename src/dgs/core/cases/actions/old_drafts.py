"""Discards drafts that nobody has touched for long; filling in and discarding by hand stand in drafts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.cases.models import Draft
from dgs.core.documents import api as documents

# Personal data are kept no longer than they are needed for (UU 27/2022, article 16 paragraph 2 letter g). Three months
# let somebody fetch a paper from another region and come back; what is begun after that is asked anew, on today's version.
KEPT = timedelta(days=90)


def kept_until(draft: Draft) -> date:
    """The last day on which a draft is there for certain, when nothing in it changes."""
    return timezone.localdate(draft.updated_at + KEPT)


def discard_old_drafts(*, now: datetime, limit: int = 1000) -> int:
    """Discard unsent drafts that did not change for KEPT, the oldest first, with answers and files; answers how many.

    None before the day is over that its owner was shown (kept_until): what counts is midnight in the region.
    Each in a transaction of its own. A draft that is locked, because its owner is saving or sending it at this moment,
    is left alone, and one that was saved in the meantime is no longer old when it is looked at under the lock.
    """
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    old = Draft.objects.filter(case=None, discarded_at=None, updated_at__lt=midnight - KEPT)
    discarded = 0
    for pk in list(old.order_by("updated_at").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            draft = old.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
            if draft is None:
                continue
            draft.discarded_at, draft.data = now, {}
            draft.save(update_fields=["discarded_at", "data"])
            files = documents.forget_files(about=f"cases.draft:{draft.pk}")
            audit.record(
                action="cases.discard_old_draft", by=None, subject=f"cases.draft:{draft.pk}", now=now,
                person=draft.applicant_id, facts={"unchanged_since": draft.updated_at.isoformat(), "files": files},
            )  # fmt: skip
            discarded += 1
    return discarded
