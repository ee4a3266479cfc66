"""Claiming and releasing cases, and notes among colleagues."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.cases.actions import transitions
from dgs.core.cases.errors import Claimed, NotOffered, OwnCase
from dgs.core.cases.models import Case, Note
from dgs.kernel.errors import InvalidInput, NotFound


@transaction.atomic
def claim(*, reference: str, by, access, now: datetime) -> Case:
    """Take a case in hand; refuses when a colleague has it, naming whom and since when. Claiming twice is one claim."""
    case = transitions.locked(reference)
    if not transitions.may_see(case, access):
        raise NotFound
    if not transitions.may_hold(case, access):
        raise NotOffered
    if transitions.is_applicant(case, by):
        raise OwnCase
    if case.claimed_by_id == by.pk:
        return case
    if case.claimed_by_id:
        raise Claimed(who=case.claimed_by.name, when=date_format(timezone.localtime(case.claimed_at), "j M Y H:i"))
    case.claimed_by, case.claimed_at = by, now
    transitions.log(case, kind="claimed", by=by, now=now, office=case.holder_office)
    case.save(update_fields=["claimed_by", "claimed_at", "seq"])
    audit.record(action="cases.claim", by=by, subject=transitions.about(case), now=now, office=case.office.slug)
    return case


@transaction.atomic
def release(*, reference: str, by, access, now: datetime) -> Case:
    """Put a case back for colleagues; only who claimed it, or the head of the office, may."""
    case = transitions.locked(reference)
    if not transitions.may_see(case, access):
        raise NotFound
    if case.claimed_by_id is None:
        return case
    heads = access.offices_as("head")
    is_head = heads is None or case.holder_office_id in heads
    if case.claimed_by_id != by.pk and not is_head:
        raise Claimed(who=case.claimed_by.name, when=date_format(timezone.localtime(case.claimed_at), "j M Y H:i"))
    return _put_back(case, by=by, now=now)


def _put_back(case: Case, *, by, now: datetime) -> Case:
    case.claimed_by = case.claimed_at = None
    transitions.log(case, kind="released", by=by, now=now, office=case.holder_office)
    case.save(update_fields=["claimed_by", "claimed_at", "seq"])
    audit.record(action="cases.release", by=by, subject=transitions.about(case), now=now, office=case.office.slug)
    return case


def on_account_closed(event: accounts.AccountClosed) -> None:
    """What somebody has in hand whose account is closed goes back to their colleagues."""
    by = accounts.user_by_id(event.by) if event.by else None
    held = Case.objects.filter(claimed_by=event.user_id, closed_at=None)
    for reference in held.order_by("pk").values_list("reference", flat=True):
        case = transitions.locked(reference)
        if case.claimed_by_id == event.user_id:
            _put_back(case, by=by, now=event.now)


def claim_many(*, references: list[str], by, access, now: datetime) -> tuple[list[str], dict[str, str]]:
    """Claim several; returns those that worked and, for the others, why not. In key order, so two bulk claims never lock
    each other out."""
    done, refused = [], {}
    for reference in sorted(set(references))[:200]:
        try:
            claim(reference=reference, by=by, access=access, now=now)
            done.append(reference)
        except (Claimed, NotOffered, OwnCase, NotFound) as refusal:
            refused[reference] = str(refusal) or _("Not found.")
    return done, refused


@transaction.atomic
def add_note(*, reference: str, text: str, by, access, now: datetime) -> Note:
    """Leave a note for colleagues; the applicant never sees it."""
    case = transitions.locked(reference)
    if not transitions.may_see(case, access):
        raise NotFound
    text = transitions.plain(text)
    if not text or len(text) > 2000:
        raise InvalidInput({"text": ["1–2000"]})
    note = Note.objects.create(case=case, at=now, by=by, text=text)
    transitions.log(case, kind="noted", by=by, now=now)
    case.save(update_fields=["seq"])
    audit.record(action="cases.add_note", by=by, subject=transitions.about(case), now=now, office=case.office.slug)
    return note
