"""Reviews of who holds what: the list, opening one, deciding grant by grant, signing off; the signed one as a file."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from dgs.core.access import queries
from dgs.core.access.actions import reviews
from dgs.core.access.models import Review, ReviewItem
from dgs.core.access.permissions import Permission
from dgs.core.access.views.frame import EVERYWHERE, office_named, tabs
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download
from dgs.ui.fields import from_form

PAGE = 100


class ReviewForm(forms.Form):
    """Which offices are looked at, and by when."""

    title = forms.CharField(label=gettext_lazy("What it is called"), max_length=120)
    office = forms.ChoiceField(
        label=gettext_lazy("Office"), help_text=gettext_lazy("The roles of this office and those below it are looked at.")
    )
    due_on = forms.DateField(label=gettext_lazy("To be signed off by"), widget=forms.DateInput(format="%Y-%m-%d"))

    def __init__(self, *args, offices, everywhere, **kwargs):
        super().__init__(*args, **kwargs)
        all_of_them = [(EVERYWHERE, gettext_lazy("All offices"))] if everywhere else []
        self.fields["office"].choices = [("", gettext_lazy("Choose an office")), *all_of_them, *offices]

    @property
    def questions(self):
        """The fields as the design system draws them."""
        return [from_form(self[name]) for name in self.fields]


@needs(Permission.REVIEW)
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """Open and signed reviews, and the form to open one."""
    today = timezone.localdate()
    form = ReviewForm(
        request.POST if request.method == "POST" else None, offices=request.access.office_choices(Permission.REVIEW),
        everywhere=request.access.offices_everywhere(Permission.REVIEW) is None,
        initial={"title": _("Review of %(month)s") % {"month": f"{today:%m/%Y}"}, "due_on": today + timedelta(days=30)},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = reviews.open_review(
                office=office_named(given["office"]), title=given["title"], due_on=given["due_on"], by=request.user,
                now=timezone.now(),
            )
        except NotFound:
            raise
        except RuleBroken as refusal:
            form.add_error(None, refusal.in_words())
        else:
            return redirect("access:review", review_id=made.pk)
    rows = [
        {"review": one, "is_late": one.signed_at is None and one.due_on < today} for one in queries.reviews(request.access)[:100]
    ]
    return render(
        request, "access/reviews.html", {"tabs": tabs(request, "reviews"), "rows": rows, "form": form},
        status=422 if form.errors else 200,
    )


@needs(Permission.REVIEW)
@never_cache
def one(request: HttpRequest, review_id: int) -> HttpResponse:
    """A review grant by grant; what was chosen is saved together, the rest stays undecided."""
    review = _review(request, review_id)
    if request.method == "POST":
        return _save(request, review)
    shown = request.GET.get("tampil", "")
    items = review.items.select_related("grant__user", "grant__role", "grant__office", "grant__region", "decided_by").order_by(
        "grant__user__name", "pk"
    )
    if shown == "belum":
        items = items.filter(decision="")
    after = request.GET.get("dari", "0")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0
    rows = list(items[start : start + PAGE + 1])
    return render(request, "access/review.html", {
        "tabs": tabs(request, "reviews"), "review": review, "rows": rows[:PAGE], "start": start, "shown": shown,
        "following": start + PAGE if len(rows) > PAGE else None, "before": max(0, start - PAGE) if start else None,
        "is_open": review.signed_at is None, "today": timezone.localdate(), "left": review.total - review.decided,
        "percent": round(100 * review.decided / review.total) if review.total else 100,
    })


@needs(Permission.REVIEW)
@never_cache
def export(request: HttpRequest, review_id: int, kind: str) -> HttpResponseBase:
    """A review as a file: each grant, what was decided, by whom and why."""
    review = _review(request, review_id)
    header = [_("Name"), "NIP", _("Role"), _("Office"), _("Decision"), _("Remark"), _("Decided by"), _("Decided at")]
    items = review.items.select_related("grant__user", "grant__role", "grant__office", "decided_by")
    rows = (
        [one.grant.user.name, one.grant.user.nip, one.grant.role.label,
         one.grant.office.name if one.grant.office else _("all offices"), one.get_decision_display(), one.remark,
         one.decided_by.name if one.decided_by else "",
         timezone.localtime(one.decided_at).date() if one.decided_at else None]
        for one in items.order_by("grant__user__name", "pk").iterator(chunk_size=2000)
    )
    return download(_("review-%(number)s") % {"number": review.pk}, kind, header, rows)


def _save(request: HttpRequest, review: Review) -> HttpResponse:
    now, refused, saved = timezone.now(), [], 0
    sent = [name.removeprefix("d-") for name in request.POST if name.startswith("d-")]
    for pk in sent[: PAGE + 1]:
        decision = request.POST.get(f"d-{pk}", "")
        item = review.items.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 18 else None
        remark = request.POST.get(f"r-{pk}", "").replace("\x00", "")
        if item is None or decision not in ReviewItem.Decision.values:
            continue
        if (item.decision, item.remark) == (decision, remark.strip()[:200]):
            continue
        try:
            reviews.decide_item(
                review_id=review.pk, item_id=item.pk, decision=decision, remark=remark, by=request.user, now=now,
            )
            saved += 1
        except RuleBroken as refusal:
            refused.append(f"{item.grant.user.name}: {refusal.in_words()}")
    for sentence in refused[:5]:
        messages.error(request, sentence)
    if request.POST.get("act") == "sign" and not refused:
        try:
            reviews.sign_off(review_id=review.pk, remark=request.POST.get("remark", ""), by=request.user, now=now)
        except RuleBroken as refusal:
            messages.error(request, refusal.in_words())
        else:
            messages.success(request, _("Signed off. What was to end has ended."))
            return redirect("access:review", review_id=review.pk)
    if saved:
        messages.success(request, _("%(count)s decisions are saved.") % {"count": saved})
    return redirect(request.get_full_path())


def _review(request: HttpRequest, review_id: int) -> Review:
    found = queries.reviews(request.access).filter(pk=review_id).first()
    if found is None:
        raise NotFound
    return found
