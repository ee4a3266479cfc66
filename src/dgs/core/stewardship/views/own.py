"""A person's own data: what the register says and where it is from, who read it, a copy of it, asking for a correction."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.documents import api as documents
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.core.stewardship import purposes, queries
from dgs.core.stewardship.actions import ask_correction, change_own, withdraw_correction
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import signed_in
from dgs.ui.fields import Shown

PAGE = 50
COPIES_A_DAY = 20
# With those that are refused or taken back: each may bring three files.
CORRECTIONS_A_DAY = 30


@signed_in
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """What the register says of the person and of the businesses they act for, from whom, and what was asked for."""
    now = timezone.now()
    own = queries.own_parties(request.user, now=now)
    records = []
    for party in own:
        own_person = party.pk == request.user.party_id and party.kind == "person"
        nik = parties.masked_nik_of(party.person) if own_person else ""
        records.append({"party": party, "groups": queries.by_owner(queries.known_of(party, masked_nik=nik))})
    return render(request, "stewardship/mine.html", {
        "records": records, "corrections": queries.corrections_of([party.pk for party in own])[:50], "now": now,
        "labels": {kind: queries.attributes_of(kind) for kind in ("person", "business")},
    })


@signed_in
@never_cache
def readings(request: HttpRequest) -> HttpResponse:
    """Who read the person's data, when, of what and for which purpose."""
    if request.user.party_id is None:
        raise NotFound
    before = request.GET.get("sebelum", "")
    rows = audit.readings_of(request.user.party_id)
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    shows_own = request.GET.get("sendiri") == "1"
    if not shows_own:
        rows = rows.exclude(actor=request.user.pk)
    found = list(rows[: PAGE + 1])
    labels = {path: str(one.label) for path, one in parties.ATTRIBUTES.items()}
    return render(request, "stewardship/readings.html", {
        "rows": [
            {"row": row, "is_own": row.actor == request.user.pk, "why": purposes.in_words(row.purpose),
             "thing": purposes.thing_in_words(row.subject),
             "what": [labels.get(f"applicant.{name}", labels.get(name, name)) for name in row.facts.get("attributes", ())][:20]}
            for row in found[:PAGE]
        ],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None, "shows_own": shows_own,
    })


@signed_in
@never_cache
def copy(request: HttpRequest) -> HttpResponse:
    """The person's data as a file that machines read (UU 27/2022 article 13); taking it is written down."""
    now = timezone.now()
    if request.user.party_id is None:
        raise NotFound
    accounts.throttle(kind="own-copy", key=str(request.user.pk), limit=COPIES_A_DAY, seconds=86400, now=now)
    records = []
    for party in queries.own_parties(request.user, now=now):
        own = party.pk == request.user.party_id and party.kind == "person"
        nik = parties.nik_of(party.person, by=request.user, purpose="own copy", now=now) if own else ""
        records.append({
            "kind": party.kind,
            "attributes": {
                one.name: {
                    "value": nik if one.name == "nik" else queries.text_of(party, one.name), "label": str(one.label),
                    "source": one.fact.source if one.fact else None,
                    "recorded_at": one.fact.recorded_at.isoformat() if one.fact else None,
                    "owner": one.owner or one.owned.office, "legal_basis": str(one.owned.basis), "class": one.owned.data_class,
                    "history": [{"value": fact.value, "recorded_at": fact.recorded_at.isoformat()} for fact, _words in one.past],
                }
                for one in queries.known_of(party)
            },
        })
    answer = JsonResponse(
        {"made_at": now.isoformat(), "records": records}, json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer["Content-Disposition"] = f'attachment; filename="data-saya-{timezone.localdate(now)}.json"'
    return answer


class AskForm(forms.Form):
    """What the attribute should say, why, and evidence."""

    reason = forms.CharField(
        label=gettext_lazy("What is wrong"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write what is wrong.")},
    )


@signed_in
@never_cache
def ask(request: HttpRequest, party_id: int, attribute: str) -> HttpResponse:
    """Ask the owner of an attribute to correct it."""
    now = timezone.now()
    party = next((one for one in queries.own_parties(request.user, now=now) if one.pk == party_id), None)
    known = next((one for one in queries.known_of(party) if one.name == attribute), None) if party else None
    if known is None or known.owned.is_fixed or (known.owned.is_own and party.kind == "person"):
        raise NotFound
    form = AskForm(request.POST if request.method == "POST" else None)
    if known.owned.is_own:
        del form.fields["reason"]
    wanted, errors = request.POST.get("wanted", "").replace("\x00", "")[:300], []
    if request.method == "POST":
        wanted = wanted or request.POST.get("wanted-text", "")[:100]
        if form.is_valid():
            try:
                if known.owned.is_own:
                    change_own(party=party, attribute=attribute, wanted=wanted, by=request.user, now=now)
                else:
                    accounts.throttle(
                        kind="ask-correction", key=str(request.user.pk), limit=CORRECTIONS_A_DAY, seconds=86400, now=now
                    )
                    _asked(request, party, attribute, wanted, form.cleaned_data["reason"], now=now)
            except InvalidInput as refusal:
                for name, sentences in refusal.errors.items():
                    if name in form.fields:
                        form.add_error(name, sentences)
                    else:
                        errors += sentences
            except NotFound:
                raise
            except RuleBroken as refusal:
                errors.append(refusal.in_words())
            else:
                said = _("The request is with %(office)s. You are told within three days.") % {"office": known.owner}
                messages.success(request, _("Changed.") if known.owned.is_own else said)
                return redirect("stewardship:mine")
    question = _question(known, party, wanted or queries.text_of(party, attribute), errors)
    return render(request, "stewardship/ask.html", {
        "party": party, "known": known, "form": form, "question": question, "errors": errors,
        "crumbs": [(_("My data"), reverse("stewardship:mine")), (known.label, "")],
    }, status=422 if errors or form.errors else 200)


@transaction.atomic
def _asked(request: HttpRequest, party, attribute: str, wanted: str, reason: str, *, now) -> None:
    """The request with its evidence: both or nothing."""
    files = []
    for upload in request.FILES.getlist("evidence")[:3]:
        try:
            files.append(documents.keep_file(upload, owner=request.user, about="", now=now))
        except documents.FileRefused as refusal:
            raise InvalidInput({"evidence": [refusal.in_words()]}) from refusal
    ask_correction(
        party=party, attribute=attribute, wanted=wanted, reason=reason, by=request.user, now=now, files=tuple(files)
    )


def _question(known, party, value: str, errors: list[str]) -> Shown:
    """The control for what it should say, as the kind of the attribute asks for it."""
    path = ("applicant." if party.kind == "person" else "business.") + known.name
    kind = parties.ATTRIBUTES[path].field_type
    found = Shown(
        name="wanted", id="wanted", type=kind, label=_("What it should say"), value=value, text=value, errors=errors,
        required=True,
    )
    choices = {
        "sex": parties.SEXES, "religion": [(one, one) for one in parties.RELIGIONS],
        "citizenship": [("WNI", "WNI"), ("WNA", "WNA")],
    }.get(known.name)
    if choices:
        found.type, found.attrs = "choice", {"as": "radio"}
        found.options = [(code, label, code == value) for code, label in choices]
    if kind == "region":
        found.text, found.attrs = regions.label_of(value) if value else "", {"within": ""}
        found.options = []
    return found


@signed_in
@require_POST
def withdraw(request: HttpRequest, correction_id: int) -> HttpResponse:
    """Take back a request that waits."""
    try:
        withdraw_correction(correction_id=correction_id, by=request.user, now=timezone.now())
    except NotFound:
        raise
    except RuleBroken as refusal:
        messages.error(request, refusal.in_words())
    else:
        messages.success(request, _("The request is taken back."))
    return redirect("stewardship:mine")
