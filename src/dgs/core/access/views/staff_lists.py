"""Lists of staff: bringing one in, seeing what follows from it, carrying out what is right of that."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from dgs.core.access.actions import staffing
from dgs.core.access.models import StaffFile
from dgs.core.access.permissions import Permission
from dgs.core.access.staff_lists import MOST_BYTES
from dgs.core.access.views.frame import tabs
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.ui.fields import from_form

# Each line that is chosen is a field of the form, of which the server takes 2,000 with those of the page itself.
MOST_SHOWN = 1900


class StaffListForm(forms.Form):
    """The file, of which day it tells, and whether it names everybody."""

    file = forms.FileField(
        label=gettext_lazy("The list as CSV"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("Columns: nip, nama, kantor, status, and if known peran and surel."),
    )
    as_of = forms.DateField(label=gettext_lazy("It tells of"), widget=forms.DateInput(format="%Y-%m-%d"))
    is_whole = forms.BooleanField(
        label=gettext_lazy("It names everybody who works in its offices"), required=False,
        help_text=gettext_lazy("Then who is missing is taken to have left. You see them first and choose."),
    )

    @property
    def questions(self):
        """The fields as the design system draws them."""
        return [from_form(self[name]) for name in self.fields]


@needs(Permission.LOAD_STAFF)
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """The lists this person brought in, and the form for another."""
    form = StaffListForm(
        request.POST if request.method == "POST" else None, request.FILES or None, initial={"as_of": timezone.localdate()}
    )
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            if sent.size > MOST_BYTES:
                raise InvalidInput({"file": [_("The file is larger than 10 MB.")]})
            made = staffing.take_list(
                name=sent.name, data=sent.read(), as_of=form.cleaned_data["as_of"], is_whole=form.cleaned_data["is_whole"],
                by=request.user, now=timezone.now(),
            )
        except InvalidInput as refusal:
            for name, sentences in refusal.errors.items():
                form.add_error(name if name in form.fields else None, sentences)
        except RuleBroken as refusal:
            form.add_error(None, refusal.in_words())
        else:
            return redirect("access:staff_list", file_id=made.pk)
    return render(request, "access/staff_lists.html", {
        "tabs": tabs(request, "staff_lists"), "form": form,
        "rows": StaffFile.objects.filter(by=request.user).order_by("-pk")[:50],
    }, status=422 if form.errors else 200)


@needs(Permission.LOAD_STAFF)
@never_cache
def one(request: HttpRequest, file_id: int) -> HttpResponse:
    """What follows from a list, line by line; chosen lines are carried out together."""
    file = StaffFile.objects.filter(pk=file_id, by=request.user).first()
    if file is None:
        raise NotFound
    if request.method == "POST":
        chosen = {int(place) for place in request.POST.getlist("line") if place.isascii() and place.isdigit() and len(place) < 7}
        if not chosen:
            messages.error(request, _("Choose at least one line."))
            return redirect("access:staff_list", file_id=file.pk)
        try:
            staffing.carry_out(file_id=file.pk, chosen=chosen, by=request.user, now=timezone.now())
        except NotFound:
            raise
        except RuleBroken as refusal:
            messages.error(request, refusal.in_words())
        return redirect("access:staff_list", file_id=file.pk)
    kinds = {
        "joiner": (_("Joined"), "done"), "mover": (_("Moved"), "progress"), "leaver": (_("Left"), "late"),
        "missing": (_("Not in the list"), "late"), "wrong": (_("Cannot be used"), "stopped"),
    }
    lines = [
        {"place": place, "line": line, "word": kinds[line["kind"]][0], "tone": kinds[line["kind"]][1],
         "may": line["kind"] in staffing.DOES and not (line["kind"] == "joiner" and not line["role"]),
         # Nobody is put out by oversight: who is merely missing is chosen by hand.
         "is_chosen": line["kind"] in ("joiner", "mover", "leaver")}
        for place, line in enumerate(file.lines)
    ]
    counts = [(word, sum(line["kind"] == kind for line in file.lines)) for kind, (word, _tone) in kinds.items()]
    return render(request, "access/staff_list.html", {
        "tabs": tabs(request, "staff_lists"), "file": file, "lines": lines[:MOST_SHOWN], "more": max(0, len(lines) - MOST_SHOWN),
        "counts": [(word, n) for word, n in counts if n], "outcome": file.outcome or {},
    })
