"""Pages about the ways out: how each sender does, how it is set up, a test through it."""

from __future__ import annotations

import uuid

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.messaging import figures
from dgs.core.messaging.actions.senders import SenderTaken, add_sender, change_sender, send_test, switch_sender
from dgs.core.messaging.forms.senders import SenderForm
from dgs.core.messaging.models import Message, Sender
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.senders import FROM_SETTINGS, KINDS, ensure_senders, in_use, parameters_of, program_of
from dgs.core.messaging.views.frame import once, tabs, whole
from dgs.kernel.errors import InvalidInput, NotFound
from dgs.kernel.guards import needs


@needs(Permission.MANAGE_SENDERS)
@never_cache
@require_GET
def senders(request: HttpRequest) -> HttpResponse:
    """Every sender with how it does now."""
    whole(request, Permission.MANAGE_SENDERS)
    ensure_senders()
    now, known = timezone.now(), figures.health(now=timezone.now())
    used = {sender.pk for sender in in_use()}
    rows = figures.senders()
    for row in rows:
        row.health, row.is_shut = known.get(row.pk), bool(row.shut_until and row.shut_until > now)
        row.is_used, row.kind_title = row.pk in used, KINDS[row.kind].title if row.kind in KINDS else row.kind
        row.share_percent = round(row.share * 100)
    on = {row.channel for row in rows if row.is_on and row.is_used}
    silent = [label for value, label in Message.Channel.choices if value in {"sms", "email"} and value not in on]
    return render(request, "messaging/senders.html", {"rows": rows, "silent": silent, "tabs": tabs(request, "senders")})


@sensitive_post_parameters()
@needs(Permission.MANAGE_SENDERS)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Set up a new sender: first which program, then its parameters."""
    whole(request, Permission.MANAGE_SENDERS)
    kind = request.GET.get("jenis", "")
    offered = {code: one for code, one in KINDS.items() if code != "handset"}
    if kind not in offered:
        return render(request, "messaging/sender_kinds.html", {"kinds": [(code, one.title) for code, one in offered.items()]})
    form = SenderForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            add_sender(
                name=form.cleaned_data["name"].lower(), kind=kind, channel=form.channel or form.cleaned_data["channel"],
                values=form.values(), parameters=form.parameters(), by=request.user, now=timezone.now(),
            )
        except SenderTaken as refusal:
            form.add_error("name", str(refusal))
        except InvalidInput as refusal:
            form.add_error(None, refusal.errors["__all__"])
        else:
            notes.success(request, _("The sender was saved."))
            return redirect("messaging:senders")
    context = {"form": form, "kind_title": KINDS[kind].title, "sender": None}
    return render(request, "messaging/sender.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@needs(Permission.MANAGE_SENDERS)
@never_cache
@require_http_methods(["GET", "POST"])
def sender(request: HttpRequest, name: str) -> HttpResponse:
    """One sender: how it is set up, what its provider needs from us, a test; secrets are never shown."""
    found = _sender(request, name)
    form = SenderForm(request.POST or None, sender=found, kind=found.kind)
    if request.method == "POST" and form.is_valid():
        try:
            change_sender(
                sender_id=found.pk, values=form.values(), parameters=form.parameters(), by=request.user, now=timezone.now()
            )
        except InvalidInput as refusal:
            form.add_error(None, refusal.errors["__all__"])
        else:
            notes.success(request, _("The sender was saved."))
            return redirect("messaging:sender", name)
    is_fixed = found.name in FROM_SETTINGS
    program = program_of(found)
    context = {
        "form": form, "kind_title": KINDS[found.kind].title, "sender": found, "once": uuid.uuid4().hex, "is_fixed": is_fixed,
        "fixed": _shown(found) if is_fixed else [], "given": program.given(),
    }
    return render(request, "messaging/sender.html", context, status=422 if form.is_bound else 200)


@needs(Permission.MANAGE_SENDERS)
@require_POST
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """On or off."""
    found = _sender(request, name)
    switch_sender(sender_id=found.pk, is_on=request.POST.get("pakai") == "1", by=request.user, now=timezone.now())
    return redirect("messaging:senders")


@needs(Permission.MANAGE_SENDERS)
@require_POST
def test(request: HttpRequest, name: str) -> HttpResponse:
    """A message through this sender to one's own address."""
    found = _sender(request, name)
    said = send_test(sender=found, once=once(request), by=request.user, now=timezone.now())
    if said.state == Message.State.FAILED:
        notes.error(request, said.get_reason_display())
    else:
        notes.success(request, _("The test is on its way to %(to)s.") % {"to": said.to})
    return redirect("messaging:sender", name)


def _shown(found: Sender) -> list[tuple[str, str]]:
    """The parameters of a sender that the environment names, without its secrets."""
    known = parameters_of(found)
    return [
        (one.label, (_("kept, not shown") if known.get(one.name) else "") if one.is_secret else known.get(one.name, ""))
        for one in KINDS[found.kind].parameters
    ]


def _sender(request: HttpRequest, name: str) -> Sender:
    whole(request, Permission.MANAGE_SENDERS)
    found = Sender.objects.filter(name=name).first()
    if found is None or found.kind not in KINDS:
        raise NotFound
    return found
