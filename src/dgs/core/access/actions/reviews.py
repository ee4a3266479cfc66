"""Reviews of who holds what: opening one, keeping or ending each grant, signing off; nobody decides of their own."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.access.actions.grants import OutOfScope, SelfGrant, end, one_ending_at_a_time
from dgs.core.access.models import Grant, Review, ReviewItem
from dgs.core.access.permissions import Permission
from dgs.core.access.queries import in_force
from dgs.core.access.scope import Access
from dgs.core.audit import api as audit
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken

TIME = timedelta(days=30)
# How often each office is looked at: ISO/IEC 27002:2022, 5.18 asks for regular intervals and names none; half a year is ours.
EVERY = timedelta(days=182)
Decision = ReviewItem.Decision


class ReviewOpen(RuleBroken):
    """One is under way."""

    code = "review-open"
    sentence = gettext_lazy("A review of these offices is already open.")


class ReviewSigned(RuleBroken):
    """What was signed off stays as it is."""

    code = "review-signed"
    sentence = gettext_lazy("This review was signed off. Nothing in it changes any more.")


class ReviewUndecided(RuleBroken):
    """Some grants were not decided."""

    code = "review-undecided"
    sentence = gettext_lazy("%(count)s roles are not decided yet. Decide each of them, then sign off.")


@transaction.atomic
def open_review(*, office, title: str, due_on: date, by, now: datetime, is_deep: bool = True) -> Review:
    """Open a review of everything in force in an office and, when `is_deep`, below it (None = all). `by` None is the calendar.

    Refuses a second one for the same office, a day that is over, and beyond the opener's scope.
    """
    if by is not None and not Access(by).allows_at(
        Permission.REVIEW, office_id=office.pk if office else None, region_code=None
    ):
        raise OutOfScope
    if due_on <= timezone.localdate(now):
        raise InvalidInput({"due_on": [str(_("Choose a day that is still to come."))]})
    try:
        with transaction.atomic():
            made = Review.objects.create(office=office, title=title.strip()[:120], opened_by=by, opened_at=now, due_on=due_on)
    except IntegrityError as error:
        raise ReviewOpen from error
    held = Grant.objects.filter(in_force(timezone.localdate(now)), role__is_staff=True)
    if office is not None:
        here = Q(office__in=organisations.office_tree()[office.pk]) if is_deep else Q(office=office) | Q(office=None)
        held = held.filter(here)
    ReviewItem.objects.bulk_create(ReviewItem(review=made, grant=one) for one in held.order_by("user__name", "pk"))
    _told(made, "access.open_review", by=by, now=now, facts={"grants": made.items.count(), "due": due_on.isoformat()})
    return made


@transaction.atomic
def decide_item(*, review_id: int, item_id: int, decision: str, remark: str = "", by, now: datetime) -> ReviewItem:
    """Keep a grant or let it end with the signing-off; can be changed until then. To end one needs a remark."""
    review = _open(review_id, by)
    item = review.items.select_for_update(of=("self",)).select_related("grant").filter(pk=item_id).first()
    if item is None:
        raise NotFound
    if item.grant.user_id == by.pk:
        raise SelfGrant(_("You cannot decide about your own roles. Another reviewer does."))
    if decision not in Decision.values:
        raise InvalidInput({"decision": [str(_("Choose one from the list."))]})
    if decision == Decision.END and not remark.strip():
        raise InvalidInput({"remark": [str(_("Write why it is to end."))]})
    item.decision, item.remark, item.decided_by, item.decided_at = decision, remark.strip()[:200], by, now
    item.save(update_fields=["decision", "remark", "decided_by", "decided_at"])
    return item


@transaction.atomic
def sign_off(*, review_id: int, remark: str = "", by, now: datetime) -> Review:
    """Close a review: what is to end ends now. Refuses while something is undecided, but for what ended meanwhile."""
    one_ending_at_a_time()
    review = _open(review_id, by)
    items = list(review.items.select_for_update(of=("self",)).select_related("grant").order_by("grant_id"))
    undecided = [one for one in items if not one.decision and one.grant.ended_at is None]
    if undecided:
        raise ReviewUndecided(count=len(undecided))
    ended = 0
    for item in items:
        if item.decision != Decision.END:
            continue
        held = Grant.objects.select_for_update(of=("self",)).select_related("role", "office", "user").get(pk=item.grant_id)
        if held.ended_at is None:
            if held.user_id == by.pk:
                raise SelfGrant(_("One of your own roles is to end: another reviewer signs off."))
            end(held, by=by, now=now, reason=_("review: %(why)s") % {"why": item.remark})
            ended += 1
    review.signed_by, review.signed_at, review.remark = by, now, remark.strip()[:500]
    review.save(update_fields=["signed_by", "signed_at", "remark"])
    _told(review, "access.sign_review", by=by, now=now, facts={"grants": len(items), "ended": ended})
    return review


def open_due(*, now: datetime) -> int:
    """Open a review for each office below a government whose last began longer ago than EVERY, and for what the government itself
    holds; none while one is open, none for an office without grants. How many were opened."""
    roots, offices = organisations.top_offices()
    tree, today, opened = organisations.office_tree(), timezone.localdate(now), 0
    held = list(Grant.objects.filter(in_force(today), role__is_staff=True).values_list("office_id", "valid_from"))
    for office in [*roots, *offices]:
        is_root = office.parent_id is None
        here = [first for at, first in held if (at in (office.pk, None) if is_root else at in tree[office.pk])]
        last = Review.objects.filter(office=office).order_by("-opened_at").first()
        if not here or (last is not None and (last.signed_at is None or last.opened_at > now - EVERY)):
            continue
        # A new office is first looked at when its oldest grant is that old.
        if last is None and min(here) > today - EVERY:
            continue
        open_review(
            office=office, title=_("Review of %(month)s") % {"month": f"{today:%m/%Y}"}, due_on=today + TIME, by=None, now=now,
            is_deep=not is_root,
        )
        opened += 1
    return opened


def _open(review_id: int, by) -> Review:
    review = Review.objects.select_for_update(of=("self",)).select_related("office").filter(pk=review_id).first()
    if review is None:
        raise NotFound
    if not Access(by).allows_at(Permission.REVIEW, office_id=review.office_id, region_code=None):
        raise OutOfScope
    if review.signed_at is not None:
        raise ReviewSigned
    return review


def _told(review: Review, action: str, *, by, now: datetime, facts: dict) -> None:
    audit.record(
        action=action, by=by, subject=f"access.review:{review.pk}", now=now, office=review.office.slug if review.office else "",
        facts=facts,
    )


