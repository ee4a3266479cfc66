"""The page on which a treasurer says how a bank's CSV is read, from an example; and the list of what was said."""

from __future__ import annotations

import base64
import binascii

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dgs.core.billing import queries
from dgs.core.billing.actions import end_mapping, save_mapping, try_mapping
from dgs.core.billing.errors import MappingSavedMeanwhile, StatementRefused
from dgs.core.billing.forms.statements import ExampleForm, MappingForm
from dgs.core.billing.permissions import Permission
from dgs.core.billing.statements.mapping import guess, with_header
from dgs.kernel.errors import InvalidInput, NotAllowed, NotFound
from dgs.kernel.guards import needs

EXAMPLE_BYTES = 24 * 1024
SHOWN = 8


@needs(Permission.TAKE_STATEMENT)
@require_http_methods(["GET", "POST"])
def mappings(request):
    """Upload an example, choose its columns, see what its first rows become, save; below, what is saved already.

    The beginning of the example travels with the form, so nothing is kept before it is saved.
    """
    may_take = request.access.offices_everywhere(Permission.TAKE_STATEMENT) != set()
    if request.method == "POST" and not may_take:
        raise NotAllowed
    if "end" in request.POST:
        return _end(request)
    if "example" in request.POST:
        return _chosen(request)
    form = ExampleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        example = _beginning(form.cleaned_data["file"].read())
        return _draw(request, MappingForm(example=example, choice=guess(example)))
    context = {"form": form, "mappings": queries.mappings() if may_take else [], "is_out_of_reach": not may_take}
    return render(request, "billing/mappings.html", context, status=422 if request.method == "POST" else 200)


def _end(request):
    key = request.POST["end"]
    if not key.isdecimal() or len(key) > 18:
        raise NotFound
    ended = end_mapping(mapping_id=int(key), by=request.user, now=timezone.now())
    messages.success(request, _("“%(name)s” counts no longer.") % {"name": ended.name})
    return redirect("billing:mappings")


def _chosen(request):
    """Show what the choice makes of the example, or save it."""
    try:
        example = base64.b64decode(request.POST["example"], validate=True)[: EXAMPLE_BYTES + 4]
    except (binascii.Error, ValueError):
        raise NotFound from None
    form = MappingForm(request.POST, example=example, choice=guess(example))
    if not form.is_valid():
        return _draw(request, form, status=422)
    if "save" in request.POST:
        values = form.cleaned_data
        try:
            made = save_mapping(
                name=values["name"], account=values["account"], choice=form.choice(), example=example, by=request.user,
                now=timezone.now(),
            )
        except InvalidInput:
            return _draw(request, form, status=422)
        except MappingSavedMeanwhile as refused:
            messages.error(request, str(refused))
            return _draw(request, form, status=refused.status)
        messages.success(request, _("Saved. Files with this heading are read as “%(name)s” from now on.") % {"name": made.name})
        return redirect("billing:mappings")
    return _draw(request, form)


def _draw(request, form: MappingForm, *, status: int = 200):
    lines, refusal = [], ""
    if not form.is_bound or form.is_valid():
        try:
            lines = try_mapping(form.choice(), form.example).lines[:SHOWN]
        except InvalidInput as refused:
            # Not yet a mistake where nobody has chosen anything.
            refusal = "" if not form.is_bound and not isinstance(refused, StatementRefused) else str(refused)
            if form.is_bound:
                form.add_error(None, refusal)
    if form.is_bound and not form.errors and form.cleaned_data["account"] is None and not _has_heading(form):
        form.add_error("account", _("A file without a heading is only known by its account; please choose the bank account."))
    context = {
        "form": form, "example": base64.b64encode(form.example).decode(), "rows": form.rows, "lines": lines, "refusal": refusal,
    }
    return render(request, "billing/mapping.html", context, status=422 if form.is_bound and form.errors else status)


def _has_heading(form: MappingForm) -> bool:
    return bool(with_header(form.example, form.choice()).signature)


def _beginning(data: bytes) -> bytes:
    """The first rows of a file, cut at the end of one."""
    if len(data) <= EXAMPLE_BYTES:
        return data
    end = b"\n\x00" if data[:2] == b"\xff\xfe" else b"\x00\n" if data[:2] == b"\xfe\xff" else b"\n"
    cut = data.rfind(end, 0, EXAMPLE_BYTES)
    return data[: cut + len(end)] if cut > 0 else data[:EXAMPLE_BYTES]
