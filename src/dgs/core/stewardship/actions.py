"""What changes corrections: asking for one, deciding it, withdrawing it; and that a person died or moved away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.access.api import Access
from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.documents import api as documents
from dgs.core.messaging import api as messaging
from dgs.core.organisations import api as organisations
from dgs.core.parties import api as parties
from dgs.core.stewardship.models import Correction
from dgs.core.stewardship.permissions import Permission
from dgs.core.stewardship.queries import attributes_of, may_correct, text_of
from dgs.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleBroken
from dgs.kernel.protection import decrypt, encrypt

# UU 27/2022 article 30 (1): corrected within 3 x 24 hours of the request.
WITHIN = timedelta(hours=72)
Outcome = Correction.Outcome


class CorrectionWaits(RuleBroken):
    """One of the same attribute waits."""

    code = "correction-waits"
    sentence = gettext_lazy("You have asked for this already. The office decides it first.")


class CorrectionDecided(RuleBroken):
    """It was decided or withdrawn."""

    code = "correction-decided"
    sentence = gettext_lazy("This request was decided already.")


class OwnCorrection(NotAllowed):
    """Nobody decides about their own record."""

    code = "own-correction"
    sentence = gettext_lazy("You cannot decide about your own data. A colleague does.")


class RegisterMovedOn(RuleBroken):
    """The record says something else than when it was asked for."""

    code = "register-moved-on"
    sentence = gettext_lazy("The register was changed since this was asked for. Look at what it says now, then decide.")


@transaction.atomic
def ask_correction(
    *, party, attribute: str, wanted: Any, reason: str, by, now: datetime, files: tuple = ()
) -> Correction:
    """Ask the owner of an attribute to correct it. `wanted` is text as forms hold it, `files` are kept ones of the asker.

    Refuses what is not the asker's record, what nobody corrects (the NIK) or they change themselves, what is so already, a
    second request while one waits, a missing reason, and what the register could not hold.
    """
    if not may_correct(by, party, now=now):
        raise NotFound
    owned = parties.ownership(party.kind).get(attribute)
    if owned is None or owned.is_fixed or owned.is_own:
        raise NotFound
    if not reason.strip():
        raise InvalidInput({"reason": [_("Write what is wrong.")]})
    value = parties.check_value(kind=party.kind, attribute=attribute, given=wanted, now=now)
    before = text_of(party, attribute)
    if parties.as_text(value) == before:
        raise InvalidInput({"wanted": [_("The register says so already.")]})
    office = organisations.office_of_kind(owned.office)
    try:
        with transaction.atomic():
            made = Correction.objects.create(
                party=party, attribute=attribute, wanted=encrypt(parties.as_text(value)), before=encrypt(before),
                reason=reason.strip()[:500], office=office, asked_by=by, asked_at=now, due_at=now + WITHIN,
                file_ids=[str(one.pk) for one in files],
            )
    except IntegrityError as error:
        raise CorrectionWaits from error
    if files:
        documents.attach({str(one.pk) for one in files}, f"stewardship.correction:{made.pk}", only_free=True)
    audit.record(
        action="stewardship.ask_correction", by=by, subject=f"stewardship.correction:{made.pk}", now=now, person=party.pk,
        office=office.slug, facts={"attribute": attribute},
    )
    return made


@transaction.atomic
def change_own(*, party, attribute: str, wanted: Any, by, now: datetime) -> None:
    """Change what a business says of itself, its telephone and e-mail, without asking anybody; refuses everything else.

    A person's own telephone and e-mail are proved by a code first (accounts).
    """
    owned = parties.ownership(party.kind).get(attribute)
    if party.kind != "business" or owned is None or not owned.is_own or not may_correct(by, party, now=now):
        raise NotFound
    value = parties.check_value(kind=party.kind, attribute=attribute, given=wanted, now=now)
    parties.change_business(business=party.business, by=by, now=now, **{attribute: value})


@transaction.atomic
def decide_correction(*, correction_id: int, is_accepted: bool, answer: str, by, now: datetime) -> Correction:
    """Accept a correction, which changes the register with the office as its source, or refuse it with the reason.

    Refuses who may not decide for that office, one's own record or request, what was decided before, and when the register was
    changed.
    """
    found = _waiting(correction_id)
    if not Access(by).allows_at(Permission.DECIDE_CORRECTION, office_id=found.office_id, region_code=None):
        raise NotFound
    if found.asked_by_id == by.pk or may_correct(by, found.party, now=now):
        raise OwnCorrection
    if not is_accepted and not answer.strip():
        raise InvalidInput({"answer": [_("Write why, so that the person understands it.")]})
    if is_accepted:
        if text_of(found.party, found.attribute) != decrypt(found.before):
            raise RegisterMovedOn
        _change(found, by=by, now=now)
    _close(found, Outcome.ACCEPTED if is_accepted else Outcome.REFUSED, answer=answer, by=by, now=now)
    _tell(found, now=now)
    return found


@transaction.atomic
def withdraw_correction(*, correction_id: int, by, now: datetime) -> Correction:
    """Take back one's own request; refuses another's as not found, and one that was decided."""
    found = _waiting(correction_id)
    if not may_correct(by, found.party, now=now):
        raise NotFound
    _close(found, Outcome.WITHDRAWN, answer="", by=by, now=now)
    return found


@transaction.atomic
def record_end(
    *, party, died_on: date | None, left_on: date | None, reference: str, by, now: datetime
) -> None:
    """Write down that a person died or moved out of the region, by the office that owns the name; both None takes it back.

    A dead person's account is closed. Refuses without the permission for that office, without what it rests on, and oneself.
    """
    owner = organisations.office_of_kind(parties.ownership("person")["name"].office)
    if not Access(by).allows_at(Permission.RECORD_END, office_id=owner.pk, region_code=None):
        raise NotAllowed
    if party.kind != "person" or by.party_id == party.pk:
        raise NotFound
    if not reference.strip():
        raise InvalidInput({"reference": [_("Write the number of the certificate or letter.")]})
    origin = parties.Origin(
        source=parties.Source.OWNER, reference=reference.strip()[:80], office=owner.slug, known_on=died_on or left_on
    )
    parties.record_end(person=party.person, died_on=died_on, left_on=left_on, origin=origin, by=by, now=now)
    user = getattr(party, "user", None)
    if died_on is not None and user is not None and user.is_active:
        accounts.close_account(user=user, by=by, now=now, reason="deceased")


def _waiting(correction_id: int) -> Correction:
    # The record too: what it says is compared with what it said, and nothing may change it in between.
    found = Correction.objects.select_for_update(of=("self", "party")).select_related("party", "office", "asked_by").filter(
        pk=correction_id
    ).first()
    if found is None:
        raise NotFound
    if found.outcome:
        raise CorrectionDecided
    return found


def _change(found: Correction, *, by, now: datetime) -> None:
    value = parties.check_value(kind=found.party.kind, attribute=found.attribute, given=decrypt(found.wanted), now=now)
    origin = parties.Origin(
        source=parties.Source.OWNER, reference=f"stewardship.correction:{found.pk}", office=found.office.slug
    )
    change = {found.attribute: value, "origin": origin, "by": by, "now": now}
    if found.party.kind == "person":
        parties.change_person(person=found.party.person, **change)
    else:
        parties.change_business(business=found.party.business, **change)


def _close(found: Correction, outcome: str, *, answer: str, by, now: datetime) -> None:
    found.outcome, found.answer, found.decided_by, found.decided_at = outcome, answer.strip()[:500], by, now
    found.save(update_fields=["outcome", "answer", "decided_by", "decided_at"])
    audit.record(
        action=f"stewardship.correction_{outcome}", by=by, subject=f"stewardship.correction:{found.pk}", now=now,
        person=found.party_id, office=found.office.slug, facts={"attribute": found.attribute},
    )


def _tell(found: Correction, *, now: datetime) -> None:
    """The asker is told what was decided, without what the data are."""
    whom = found.asked_by
    with translation.override(whom.language):
        label = attributes_of(found.party.kind)[found.attribute]
        words = {"what": label, "link": settings.BASE_URL + reverse("stewardship:mine"), "why": found.answer}
        if found.outcome == Outcome.ACCEPTED:
            body = _("Your data were corrected: %(what)s. See: %(link)s") % words
        else:
            body = _("Your request about “%(what)s” was refused: %(why)s. See: %(link)s") % words
        for channel, to in (("sms", whom.phone), ("email", whom.email)):
            if to:
                messaging.say(
                    key=f"correction:{found.pk}:{channel}", channel=channel, to=to, body=body, language=whom.language,
                    subject=_("Your data in the register") if channel == "email" else "", office=found.office.slug,
                    about=f"stewardship.correction:{found.pk}", party_id=whom.party_id, now=now,
                )
