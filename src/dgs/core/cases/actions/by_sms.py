"""Deciding by SMS: officers are sent a one-time code for the one act that waits, and answer it with their PIN.

The code stands for one case where it stands, one act and one officer, for some hours; it is used once. It decides nothing
without the PIN, and the PIN nothing without it: who forges a sender has neither.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.access import api as access
from dgs.core.accounts import api as accounts
from dgs.core.cases import clock, naming
from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case, SmsDecision
from dgs.core.cases.permissions import Permission
from dgs.core.messaging import api as messaging
from dgs.core.organisations import api as organisations
from dgs.core.services import api as services
from dgs.core.services.api import Definition, State
from dgs.kernel.errors import NotAllowed, RuleBroken
from dgs.kernel.protection import keyed_hash

VALID, KEPT = timedelta(hours=12), timedelta(days=30)
CODES_AN_HOUR = 10


class CodeUnknown(RuleBroken):
    """No decision waits under this code for this officer: mistyped, used, or too old."""

    code = "decision-code-unknown"
    sentence = gettext_lazy("This code is not known, was used, or is too old. Nothing was done. Sign in to decide.")


def ask(case: Case, state: State, *, definition: Definition, now: datetime) -> None:
    """Send a code to each officer who may decide now and has a PIN, in the transaction in which the case came here."""
    action = next(action for action in state.actions if action.by_sms)
    if case.holder_office is None:
        return
    signatory = _signatory(case, now) if action.kind == "approve" else None
    for officer in access.holders_of(case.holder_role, case.holder_office):
        if action.kind == "approve" and officer.pk != signatory:
            continue
        reach = access.Access(officer)
        if not officer.phone or not accounts.has_sms_pin(officer):
            continue
        if action in transitions.offered(case, definition, user=officer, access=reach) and _may_act(reach):
            _send(case, action, officer, definition=definition, now=now)


def _signatory(case: Case, now: datetime) -> int | None:
    """Whose approval counts today; None when the office has nobody."""
    try:
        return organisations.signatory_of(case.office, clock.day_of(now)).user.pk
    except RuleBroken:
        return None


def forget_old_codes(*, now: datetime) -> int:
    """Drop codes that nobody used and that are too old to be spoken of; the used ones belong to the case's history."""
    return SmsDecision.objects.filter(used_at=None, expires_at__lt=now - KEPT).delete()[0]


def _send(case: Case, action, officer, *, definition: Definition, now: datetime) -> None:
    waiting = set(
        SmsDecision.objects.filter(officer=officer, used_at=None, expires_at__gt=now).values_list("code_hash", flat=True)
    )
    digits = next(code for code in _digits() if _hash(officer.pk, code) not in waiting)
    made = SmsDecision.objects.create(
        case=case, seq=case.seq, action=action.id, officer=officer, code_hash=_hash(officer.pk, digits), sent_at=now,
        expires_at=now + VALID,
    )
    with translation.override(officer.language):
        body = _("%(service)s %(reference)s waits for you: %(act)s? Look: %(link)s To do it answer APPROVE %(code)s PIN") % {
            "service": messaging.cut(definition.title, 24), "reference": case.reference,
            "act": messaging.cut(action.title, 24), "code": digits,
            "link": settings.BASE_URL + reverse("cases:case", args=[case.reference]),
        }
    # A reminder waits for the morning, as a code would not; its text is taken away after a day all the same.
    message = messaging.say(
        key=f"case:{case.pk}:{case.seq}:decide:{officer.pk}", channel="sms", to=officer.phone, body=body, kind="reminder",
        language=officer.language, about=naming.about(case), office=case.office.slug, now=now, is_secret=True,
    )
    if message.not_before is not None:
        made.expires_at = message.not_before + VALID
        made.save(update_fields=["expires_at"])


def _digits():
    while True:
        yield f"{secrets.randbelow(1_000_000):06}"


def _hash(officer_id: int, digits: str) -> str:
    return keyed_hash(f"{officer_id}:{digits}", "sms-decision")


def _may_act(reach: access.Access) -> bool:
    return reach.allows(Permission.ACT) and not access.is_second_step_missing(reach)


def decide(*, officer, code: str, pin: str, now: datetime) -> tuple[Case, str]:
    """Carry out the act that a code stands for, if the PIN is right: the case, and what was done, in words.

    Refuses with CodeUnknown, what is wrong with the PIN, and whatever the act itself refuses. What is counted of wrong
    tries is in the caller's transaction, which must not be rolled back for the refusal.
    """
    accounts.check_throttle(kind="sms-decision", key=str(officer.pk), limit=CODES_AN_HOUR, seconds=3600, now=now)
    found = (
        SmsDecision.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(officer=officer, code_hash=_hash(officer.pk, code), used_at=None, expires_at__gt=now)
        .order_by("-pk")
        .first()
    )
    if found is None:
        accounts.throttle(kind="sms-decision", key=str(officer.pk), limit=CODES_AN_HOUR, seconds=3600, now=now)
        raise CodeUnknown
    accounts.check_sms_pin(user=officer, pin=pin, now=now)
    reach = access.Access(officer)
    if not _may_act(reach):
        raise NotAllowed(_("You may not decide on cases any more. Sign in to see why."))
    with transaction.atomic():
        # What happened since the code was sent makes this Stale, who did it is said.
        case = transitions.act(
            reference=found.case.reference, action_id=found.action, by=officer, access=reach, seq=found.seq, now=now,
            by_sms=True,
        )
        found.used_at = now
        found.save(update_fields=["used_at"])
    states = services.definition_of(case.version_id).workflow.states.values()
    titles = [str(action.title) for state in states for action in state.actions if action.id == found.action and action.by_sms]
    return case, titles[0]
