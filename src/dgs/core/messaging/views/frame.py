"""What the pages of messages share: tabs, the rule that some are for the whole region, pages of a list, forms sent once."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.plain import number_of
from dgs.kernel.errors import NotAllowed


def tabs(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is this one, of the pages this person may see."""
    found = [("outbox", _("Sent"), list_url()), ("dead", _("Stuck"), reverse("messaging:dead"))]
    if is_whole(request, Permission.VIEW_OUTBOX):
        found.append(("inbox", _("Came in"), reverse("messaging:inbox")))
    found.append(("help", _("It never arrived"), reverse("messaging:help")))
    found.append(("figures", _("Numbers and costs"), reverse("messaging:figures")))
    if is_whole(request, Permission.MANAGE_SENDERS):
        found.append(("senders", _("Senders"), reverse("messaging:senders")))
    return [(label, url, name == current) for name, label, url in found]


def list_url() -> str:
    """Where the list for staff is."""
    return reverse("messaging:outbox")


def is_whole(request: HttpRequest, permission: str) -> bool:
    """Whether it is granted for every office and all of the region."""
    return request.access.offices_everywhere(permission) is None


def whole(request: HttpRequest, permission: str) -> None:
    """Refuse (NotAllowed) what belongs to no office to whom a part was granted."""
    if not is_whole(request, permission):
        raise NotAllowed


def page_of_list(request: HttpRequest, found: QuerySet, most: int, *, name: str = "before") -> tuple[list, int | None]:
    """The newest before the number in the address, without counting the table; the second value leads to the next page."""
    before = number_of(request.GET.get(name, ""))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: most + 1])
    return rows[:most], rows[most - 1].pk if len(rows) > most else None


def once(request: HttpRequest) -> str:
    """What makes a form that was sent twice the same; a new one when it brings none."""
    typed = "".join(c for c in request.POST.get("sekali", "") if c.isascii() and c.isalnum())[:40]
    return typed or uuid.uuid4().hex
