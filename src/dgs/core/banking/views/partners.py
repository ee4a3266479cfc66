"""The staff's pages about banks: who is connected, their keys and networks, and the calls that came and went."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.audit import api as audit
from dgs.core.banking import queries
from dgs.core.banking.actions import end_key, new_key, save_partner
from dgs.core.banking.errors import KeyUnusable
from dgs.core.banking.forms import KeyForm, PartnerForm
from dgs.core.banking.models import Message, Partner, PartnerKey
from dgs.core.banking.permissions import Permission
from dgs.kernel.errors import NotAllowed, NotFound
from dgs.kernel.guards import needs

PAGE = 40
DAYS = 7


@needs(Permission.VIEW_PARTNERS)
@require_GET
def partners(request: HttpRequest) -> HttpResponse:
    """Who is connected, and the last calls of all of them, filtered."""
    _reach(request, Permission.VIEW_PARTNERS)
    asked = {key: request.GET.get(key, "").replace("\x00", "")[:20] for key in ("bank", "tampil", "kode")}
    found = queries.messages(partner=asked["bank"], only=asked["tampil"], code=asked["kode"])
    rows, older = _page(request, found)
    context = {
        "partners": queries.partners_with_use(timezone.now() - timedelta(days=DAYS)), "days": DAYS, "rows": rows, "older": older,
        "asked": asked, "may_manage": _may_manage(request),
    }
    return render(request, "banking/partners.html", context)


@needs(Permission.VIEW_PARTNERS)
@require_GET
def partner(request: HttpRequest, code: str) -> HttpResponse:
    """One partner: how it is set up, and its keys by what tells them apart."""
    found = _partner(request, code, Permission.VIEW_PARTNERS)
    return render(request, "banking/partner.html", _about(request, found))


@needs(Permission.VIEW_PARTNERS)
@never_cache
@require_GET
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One call with what was said. It may name a payer, so reading it is audited."""
    _reach(request, Permission.VIEW_PARTNERS)
    found = Message.objects.select_related("partner").filter(pk=message_id).first()
    if found is None:
        raise NotFound
    audit.record_reading(
        by=request.user, subject=f"banking.message:{found.pk}", person=None, purpose="bank connections", now=timezone.now()
    )
    return render(request, "banking/message.html", {"message": queries.named(found)})


@needs(Permission.MANAGE_PARTNERS)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a new bank."""
    _reach(request, Permission.MANAGE_PARTNERS)
    return _edited(request, Partner())


@needs(Permission.MANAGE_PARTNERS)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change how a bank is set up."""
    return _edited(request, _partner(request, code, Permission.MANAGE_PARTNERS))


@sensitive_post_parameters("value")
@needs(Permission.MANAGE_PARTNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def add_key(request: HttpRequest, code: str) -> HttpResponse:
    """Enter or make a key. One that is made here is shown in this very answer, and never again."""
    found = _partner(request, code, Permission.MANAGE_PARTNERS)
    kind = request.GET.get("jenis", "")
    form = KeyForm(request.POST or None, initial={"kind": kind if kind in PartnerKey.Kind.values else PartnerKey.Kind.SECRET})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            asked = form.cleaned_data
            try:
                told = new_key(
                    partner=found, kind=asked["kind"], value=asked["value"], is_urgent=asked["is_urgent"], by=request.user,
                    now=timezone.now(),
                )
            except KeyUnusable as refusal:
                form.add_error("value", str(refusal))
            else:
                if told:
                    return render(request, "banking/key_told.html", {"partner": found, "told": told, "kind": asked["kind"]})
                notes.success(request, _("The key was entered."))
                return redirect("banking:partner", found.code)
    # What was pasted is not sent back, also when it is refused.
    if form.is_bound:
        form.data = {name: value for name, value in form.data.items() if name != "value"}
    return render(request, "banking/key.html", {"partner": found, "form": form}, status=status)


@needs(Permission.MANAGE_PARTNERS)
@require_POST
def end(request: HttpRequest, code: str, key_id: int) -> HttpResponse:
    """End a key at once."""
    found = _partner(request, code, Permission.MANAGE_PARTNERS)
    if not found.keys.filter(pk=key_id).exists():
        raise NotFound
    end_key(key_id=key_id, by=request.user, now=timezone.now())
    notes.success(request, _("The key has ended."))
    return redirect("banking:partner", found.code)


def _edited(request: HttpRequest, partner: Partner) -> HttpResponse:
    form = PartnerForm(request.POST or None, instance=partner)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            saved = save_partner(partner=form.save(commit=False), by=request.user, now=timezone.now())
            notes.success(request, _("The connection was saved."))
            return redirect("banking:partner", saved.code)
        status = 422
    return render(request, "banking/partner_form.html", {"form": form, "partner": partner}, status=status)


def _about(request: HttpRequest, partner: Partner) -> dict:
    return {"partner": partner, "keys": queries.keys_of(partner, timezone.now()), "may_manage": _may_manage(request)}


def _may_manage(request: HttpRequest) -> bool:
    return request.access.offices_everywhere(Permission.MANAGE_PARTNERS) is None


def _reach(request: HttpRequest, permission: str) -> None:
    """A connection belongs to the whole region: a grant for a part of it opens none, and only one for all offices changes it."""
    reach = request.access.offices_everywhere(permission)
    if reach == set() or (permission == Permission.MANAGE_PARTNERS and reach is not None):
        raise NotAllowed


def _partner(request: HttpRequest, code: str, permission: str) -> Partner:
    _reach(request, permission)
    found = queries.partner_by_code(code)
    if found is None:
        raise NotFound
    return found


def _page(request: HttpRequest, found) -> tuple[list[Message], int | None]:
    """A page without counting the table: what is older than `?before=`; the second value leads to the next page."""
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = [queries.named(row) for row in found.order_by("-pk")[: PAGE + 1]]
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None
