"""Carrying out a list of staff: who joined is invited, who moved loses the old office's roles, who left loses the account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.access import staff_lists
from dgs.core.access.actions.grants import SelfGrant, check_giver, end, grant, one_ending_at_a_time
from dgs.core.access.models import Grant, StaffFile
from dgs.core.access.permissions import Permission
from dgs.core.access.scope import Access
from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken

DOES: dict[str, str] = {"joiner": "invited", "mover": "moved", "leaver": "left", "missing": "left"}


class StaffFileDone(RuleBroken):
    """It was carried out before."""

    code = "staff-file-done"
    sentence = gettext_lazy("This list was carried out already.")


class StaffFileOld(RuleBroken):
    """What follows from it was worked out too long ago."""

    code = "staff-file-old"
    sentence = gettext_lazy("This list was read more than a day ago. Bring it in again, to see what follows from it today.")


@transaction.atomic
def take_list(*, name: str, data: bytes, as_of: date, is_whole: bool, by, now: datetime) -> StaffFile:
    """Read a list and keep what would follow from it, line by line; nothing else is changed. InvalidInput says what is wrong.

    The same file again, before it is carried out, is judged anew.
    """
    if as_of > timezone.localdate(now):
        raise InvalidInput({"as_of": [_("The day lies ahead.")]})
    digest = hashlib.sha256(data + f"|{as_of}|{is_whole}".encode()).hexdigest()
    before = StaffFile.objects.filter(digest=digest).first()
    if before is not None and before.done_at is not None:
        raise StaffFileDone
    rows = staff_lists.read(data)
    if not rows:
        raise InvalidInput({"file": [_("The list is empty.")]})
    lines = staff_lists.judge(
        rows, is_whole=is_whole, as_of=timezone.localdate(now), reach=Access(by).offices_everywhere(Permission.LOAD_STAFF)
    )
    kept = [one.as_data() for one in lines if one.kind != "same"]
    made, _is_new = StaffFile.objects.update_or_create(
        digest=digest,
        defaults={"name": name[:120], "by": by, "read_at": now, "as_of": as_of, "lines": kept,
                  "outcome": {"lines": len(rows), "same": len(lines) - len(kept)}},
    )
    audit.record(
        action="access.read_staff_list", by=by, subject=f"access.stafffile:{made.pk}", now=now,
        facts={"lines": len(rows), "changes": len(kept)},
    )
    return made


def carry_out(*, file_id: int, chosen: set[int], by, now: datetime) -> StaffFile:
    """Do what was kept for the chosen lines (by their place in it), each by itself: one that is refused stops no other.

    Only who brought the list may, within a day, once. What has changed since makes a line fail with its sentence.
    """
    with transaction.atomic():
        file = StaffFile.objects.select_for_update(of=("self",)).filter(pk=file_id, by=by).first()
        if file is None:
            raise NotFound
        if file.done_at is not None:
            raise StaffFileDone
        if (now - file.read_at).total_seconds() > 86_400:
            raise StaffFileOld
        file.done_at, file.done_by = now, by
        results = dict(file.outcome or {})
        done: dict[str, int] = {}
        for place, line in enumerate(file.lines):
            if place not in chosen or line["kind"] not in DOES:
                continue
            try:
                with transaction.atomic():
                    ACTS[line["kind"]](line, by=by, now=now)
            except RuleBroken as refusal:
                line["refused"] = refusal.in_words()
            else:
                line["is_done"] = True
                done[DOES[line["kind"]]] = done.get(DOES[line["kind"]], 0) + 1
        file.outcome = results | {"done": done, "refused": sum("refused" in line for line in file.lines)}
        file.save()
        audit.record(
            action="access.carry_out_staff_list", by=by, subject=f"access.stafffile:{file.pk}", now=now, facts={"done": done}
        )
    return file


def _invite(line: dict, *, by, now: datetime) -> None:
    if not line["role"]:
        raise RuleBroken(_("The list names no role: invite by hand."))
    accounts.invite_staff(email=line["email"], name=line["name"], role=line["role"], office=line["office"], by=by, now=now)


def _move(line: dict, *, by, now: datetime) -> None:
    _end_all(line, by=by, now=now, reason=_("moved to another office, by the list of staff"))
    if line["role"]:
        user = get_user_model().objects.get(pk=line["user"])
        office = organisations.office_by_slug(line["office"])
        if office is None:
            raise RuleBroken(_("This office is closed."))
        grant(user=user, role=line["role"], office=office, by=by, now=now, reason=_("by the list of staff"))


def _leave(line: dict, *, by, now: datetime) -> None:
    user = get_user_model().objects.select_for_update().get(pk=line["user"])
    if user.pk == by.pk:
        raise SelfGrant
    # Closing ends also what waits, what is to come and what was given since the list was read.
    held = list(Grant.objects.filter(user=user).select_related("region").order_by("pk"))
    places = {(one.office_id, one.region.code if one.region else None) for one in held if one.ended_at is None}
    for office_id, region_code in places or {(one.office_id, None) for one in held[-1:]} or {(None, None)}:
        check_giver(user=user, office_id=office_id, region_code=region_code, by=by)
    _end_all(line, by=by, now=now, reason=_("left, by the list of staff"))
    accounts.close_account(user=user, by=by, now=now, reason="staff list")


def _end_all(line: dict, *, by, now: datetime, reason: str) -> None:
    one_ending_at_a_time()
    held = Grant.objects.select_for_update(of=("self",)).select_related("role", "office", "region", "user")
    for one in held.filter(pk__in=line["ends"], ended_at=None).order_by("pk"):
        check_giver(user=one.user, office_id=one.office_id, region_code=one.region.code if one.region else None, by=by)
        end(one, by=by, now=now, reason=reason)


ACTS: dict[str, Callable[..., None]] = {"joiner": _invite, "mover": _move, "leaver": _leave, "missing": _leave}
