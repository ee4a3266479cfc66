"""Who holds what: the list with its filters, and the same as a file for auditors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dgs.core.access import queries
from dgs.core.access.models import Grant, Role
from dgs.core.access.permissions import Permission
from dgs.core.access.views.frame import tabs
from dgs.core.audit import api as audit
from dgs.core.organisations import api as organisations
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download

PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What is looked for; `on` is the day of which the list tells."""

    q: str
    peran: str
    kantor: str
    sebagai: str
    on: date

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """From the address; what cannot be read limits nothing."""
        get = request.GET.get
        try:
            on = parse_date(get("pada", "")[:10])
        except ValueError:
            on = None
        return cls(
            q=" ".join(get("q", "").replace("\x00", "").split())[:100], peran=get("peran", "")[:40],
            kantor=get("kantor", "")[:60], sebagai=get("sebagai", "")[:8], on=on or timezone.localdate(),
        )

    def rows(self, found: QuerySet[Grant]) -> QuerySet[Grant]:
        """Those of the grants that were in force on the day, or wait now, by name."""
        found = found.filter(_on(self.on), role__is_staff=True)
        if self.q:
            found = found.filter(
                Q(user__name__icontains=self.q) | Q(user__email__icontains=self.q) | Q(user__nip__startswith=self.q)
            )
        if self.peran:
            found = found.filter(role=self.peran)
        if self.kantor:
            found = found.filter(office__slug=self.kantor)
        if self.sebagai in Grant.Capacity.values:
            found = found.filter(capacity=self.sebagai)
        return found.order_by("user__name", "user_id", "role__order", "pk")


def _on(day: date) -> Q:
    """In force on a day, today or before: not by what was ended since, and not by what waits."""
    after = timezone.make_aware(timezone.datetime.combine(day, timezone.datetime.max.time()))
    agreed = Q(approved_at=None) | Q(approved_at__lte=after)
    return (
        Q(valid_from__lte=day, waits=False) & agreed & (Q(valid_to=None) | Q(valid_to__gte=day))
        & (Q(ended_at=None) | Q(ended_at__gt=after))
    )


@needs(Permission.VIEW_GRANTS)
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Who holds which role where on a day, with search and filters."""
    asked = Asked.of(request)
    rows = Paginator(asked.rows(queries.visible(request.access, Permission.VIEW_GRANTS)), PAGE).get_page(request.GET.get("page"))
    return render(request, "access/holding.html", {
        "tabs": tabs(request, "home"), "rows": rows, "asked": asked, "today": timezone.localdate(),
        "roles": [(role.code, role.label) for role in Role.objects.filter(is_staff=True)],
        "offices": request.access.office_choices(Permission.VIEW_GRANTS), "capacities": Grant.Capacity.choices,
        "may_export": request.access.allows(Permission.EXPORT), "query": request.GET.urlencode(),
        "waiting": queries.waiting(request.access).count() if request.access.allows(Permission.APPROVE) else 0,
    })


@needs(Permission.EXPORT)
@never_cache
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as a file; taking it is written down."""
    asked = Asked.of(request)
    found = asked.rows(queries.visible(request.access, Permission.EXPORT))
    audit.record_reading(
        by=request.user, subject="access.grants", person=None, purpose="access export", now=timezone.now(),
        facts={"on": asked.on.isoformat(), "rows": found.count()},
    )
    header = [
        _("Name"), "NIP", _("Account"), _("State of the account"), _("Role"), _("Permissions"), _("Office"), _("Region"),
        _("Held as"), _("Letter"), _("Date of the letter"), _("In force from"), _("In force until"), _("Given by"),
        _("Agreed by"), _("Agreed on"), _("Reason"),
    ]
    return download(_("roles-%(day)s") % {"day": asked.on.isoformat()}, kind, header, _lines(found))


@needs(Permission.EXPORT)
@never_cache
def matrix(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Which role holds which permission, as a file: a line a permission, a column a role."""
    from dgs.kernel import registry

    roles = list(Role.objects.filter(is_staff=True))
    header = [_("Room"), _("Permission"), _("What it lets one do"), *(role.label for role in roles)]
    rows = (
        [str(room.title), one.value, str(one.label), *("x" if one.value in role.permissions else "" for role in roles)]
        for room in registry.rooms() for one in room.permissions or ()
    )
    return download(_("permissions-of-roles"), kind, header, rows)


def _lines(found: QuerySet[Grant]) -> Iterator[list]:
    names = {office.pk: office.name for office in organisations.offices()}
    for one in found.iterator(chunk_size=2000):
        yield [
            one.user.name, one.user.nip, one.user.email or one.user.username, _("open") if one.user.is_active else _("closed"),
            one.role.label, " ".join(one.role.permissions),
            names.get(one.office_id, one.office.name) if one.office_id else _("all offices"),
            one.region.name if one.region else "", one.get_capacity_display(), one.letter_number, one.letter_on, one.valid_from,
            one.valid_to, one.given_by.name if one.given_by else _("the system"), one.approved_by.name if one.approved_by else "",
            timezone.localtime(one.approved_at).date() if one.approved_at else None, one.reason,
        ]
