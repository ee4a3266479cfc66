"""What somebody sent with a form after their session had ended: kept sealed for a day, given back to them alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from dgs.core.accounts.models import UnsavedAnswers, User
from dgs.kernel import whose
from dgs.kernel.protection import decrypt, encrypt

AGE = timedelta(days=1)
LARGEST = 256 * 1024
LONGEST_PATH = 300
MOST = 20
WAITING = "unsaved-answers"  # in the session: something may be waiting for this person, so that pages need not ask
NOT_KEPT = {"csrfmiddlewaretoken", whose.FIELD, "_peek", "_later"}


@dataclass(frozen=True)
class Unsaved:
    """Answers as they were typed; `files` names files that were chosen and have to be chosen again."""

    raw: QueryDict
    files: tuple[str, ...]
    at: datetime


def keep_answers(request: HttpRequest, *, now: datetime) -> int | None:
    """Keep a posted form for the account its page was made for and answer that account; None when nothing was kept.

    Only a page that we made for somebody can be sent (see kernel/whose.py): a stranger can neither fill the table nor
    put words into another's form. Who sits at a device on which such a page stands open can, as they could on the page.
    One row for each page, twenty for each account, none above LARGEST, no address above LONGEST_PATH.
    """
    owner = whose.marked_for(request)
    if owner is None or not User.objects.filter(pk=owner, is_active=True).exists():
        return None
    raw = request.POST.copy()
    for name in NOT_KEPT:
        raw.pop(name, None)
    files = [file.name for name in request.FILES for file in request.FILES.getlist(name)]
    text = json.dumps({"owner": owner, "path": request.path, "raw": raw.urlencode(), "files": files})
    if len(text) > LARGEST or len(request.path) > LONGEST_PATH:
        return None
    UnsavedAnswers.objects.update_or_create(
        owner_id=owner, path=request.path, defaults={"sealed": encrypt(text), "kept_at": now}
    )
    older = UnsavedAnswers.objects.filter(owner_id=owner).order_by("-kept_at", "-pk").values("pk")[MOST : MOST + 100]
    UnsavedAnswers.objects.filter(pk__in=list(older.values_list("pk", flat=True))).delete()
    request.kept_for = owner  # type: ignore[attr-defined]
    return owner


def keep_own_answers(request: HttpRequest, *, now: datetime) -> bool:
    """Keep what the signed-in person posted to a page that does not open yet; whether it waits for them there.

    Also when nothing could be kept, what was kept of the page before stays: it was not sent again to the page itself.
    """
    request.kept_for = None  # type: ignore[attr-defined]
    owner = keep_answers(request, now=now)
    if owner is None or owner != request.user.pk:
        return False
    request.session[WAITING] = True
    return True


def lead_to(request: HttpRequest, address: str) -> HttpResponse:
    """Lead the whole page elsewhere, also when only a part of it was asked for: what stands there is no part of it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def look_for_unsaved(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Note in the session, when somebody signs in, whether anything waits for them."""
    if UnsavedAnswers.objects.filter(owner=user, kept_at__gt=now - AGE).exists():
        request.session[WAITING] = True


def unsaved_answers(request: HttpRequest, *, now: datetime) -> Unsaved | None:
    """What the signed-in person typed on this very page and could not save; None on any but a page just opened."""
    if request.method != "GET" or not request.session.get(WAITING):
        return None
    row = UnsavedAnswers.objects.filter(owner_id=request.user.pk, path=request.path, kept_at__gt=now - AGE).first()
    if row is None:
        return None
    try:
        found = json.loads(decrypt(row.sealed))
    except ValueError:
        return None
    if (found["owner"], found["path"]) != (request.user.pk, request.path):
        return None  # a row that was moved in the database is nobody's
    return Unsaved(raw=QueryDict(found["raw"]), files=tuple(found["files"]), at=row.kept_at)


def forget_unsaved(request: HttpRequest) -> None:
    """The person has sent this page again: what was kept of it is out of date."""
    UnsavedAnswers.objects.filter(owner_id=request.user.pk, path=request.path).delete()
