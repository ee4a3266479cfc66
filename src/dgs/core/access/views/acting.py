"""Standing in: whose roles, who takes them, by which letter and for which days."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from dgs.core.access import queries
from dgs.core.access.actions import acting
from dgs.core.access.models import Grant
from dgs.core.access.permissions import Permission
from dgs.core.access.views.frame import tabs
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.ui.fields import from_form

KINDS = [
    (Grant.Capacity.PLH, gettext_lazy("Plh.: in the place of somebody who is away for days")),
    (Grant.Capacity.PLT, gettext_lazy("Plt.: the position has no holder")),
    (Grant.Capacity.DEPUTY, gettext_lazy("Deputy: beside the holder")),
]


class StandInForm(forms.Form):
    """Who stands in, how, by which letter and for which days."""

    deputy = forms.ChoiceField(label=gettext_lazy("Who stands in"))
    capacity = forms.ChoiceField(label=gettext_lazy("As"), choices=KINDS, widget=forms.RadioSelect, initial=Grant.Capacity.PLH)
    letter_number = forms.CharField(label=gettext_lazy("Number of the letter"), max_length=80)
    letter_on = forms.DateField(label=gettext_lazy("Date of the letter"), widget=forms.DateInput(format="%Y-%m-%d"))
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d"),
        help_text=gettext_lazy("The last day. Only a Plt. may leave this empty."),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].choices = [("", gettext_lazy("Choose a person")), *people]

    @property
    def questions(self):
        """The fields as the design system draws them."""
        return [from_form(self[name]) for name in self.fields]


@needs(Permission.GRANT)
@never_cache
def stand_in(request: HttpRequest) -> HttpResponse:
    """First who is away, then which of their roles go to whom; and who stands in now."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    mine = queries.visible(request.access, Permission.GRANT).filter(user__is_active=True)
    absent = _absent(request, mine)
    people: list = []
    if absent is None and text:
        found = mine.filter(Q(user__name__icontains=text) | Q(user__nip__startswith=text)).values("user_id")
        people = list(get_user_model().objects.filter(pk__in=found).exclude(pk=request.user.pk).order_by("name", "pk")[:20])
    context = {
        "tabs": tabs(request, "stand_in"), "q": text, "people": people, "absent": absent, "form": None, "held": [],
        "chosen": set(),
        "now": mine.filter(queries.in_force_or_to_come()).exclude(capacity=Grant.Capacity.OWN).select_related("stands_for__user")
        .order_by("valid_to", "pk")[:200],
    }
    status = 200
    if absent is not None:
        held = list(mine.filter(pk__in=queries.in_force_grants(), user=absent).order_by("role__order", "pk"))
        form = StandInForm(
            request.POST if request.method == "POST" else None, people=_people(mine, absent, request.user),
            initial={"valid_from": timezone.localdate()},
        )
        chosen = {one.pk for one in held}
        if request.method == "POST":
            sent = {int(pk) for pk in request.POST.getlist("grants") if pk.isascii() and pk.isdigit() and len(pk) < 18}
            chosen &= sent
            if form.is_valid() and _made(request, form, absent, chosen):
                return redirect("access:stand_in")
            status = 422
        context |= {"form": form, "held": held, "chosen": chosen}
    return render(request, "access/stand_in.html", context, status=status)


def _made(request: HttpRequest, form: StandInForm, absent, chosen: set[int]) -> bool:
    given = form.cleaned_data
    deputy = get_user_model().objects.get(pk=given.pop("deputy"))
    try:
        made = acting.stand_in(absent=absent, deputy=deputy, grants=chosen, by=request.user, now=timezone.now(), **given)
    except InvalidInput as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name if name in form.fields else None, sentences)
        return False
    except RuleBroken as refusal:
        form.add_error(None, refusal.in_words())
        return False
    messages.success(request, _("%(name)s stands in.") % {"name": deputy.name})
    if any(one.waits for one in made):
        messages.info(request, _("Some of these roles wait for a second person."))
    return True


def _absent(request: HttpRequest, mine):
    typed = request.GET.get("untuk", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 18):
        raise NotFound
    found = get_user_model().objects.filter(pk=typed, pk__in=mine.values("user_id")).first()
    if found is None:
        raise NotFound
    return found


def _people(mine, absent, me) -> list[tuple[str, str]]:
    """Colleagues of the giver's offices, but for the absent and the giver, by name."""
    found = get_user_model().objects.filter(is_active=True, pk__in=mine.values("user_id")).exclude(pk__in=[absent.pk, me.pk])
    return [(str(one.pk), f"{one.name} · {one.nip}" if one.nip else one.name) for one in found.order_by("name", "pk")[:2000]]
