"""Turns the definition's message rules into messages in the outbox, inside the transaction of the event; no sending."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from dgs.core.access import api as access
from dgs.core.cases import naming
from dgs.core.cases.models import Case
from dgs.core.messaging import api as messaging
from dgs.core.services.api import Definition
from dgs.ui import formats

# What the applicant has just done: its answer goes out at night too, for the applicant is awake.
AWAITED = frozenset({"submitted", "withdrawn"})
MONEY = frozenset({"bill", "paid"})
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def fill(text: str, values: dict[str, str]) -> str:
    """The text with each {placeholder} replaced; an unknown one stays as it is written (the loader refuses those)."""
    return PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group(0)), text)


def say(case: Case, event: str, *, definition: Definition, now: datetime, bill=None, is_answered: bool = False) -> None:
    """Queue what the definition says on this event, to each addressee once, in the addressee's language.

    `is_answered`: the applicant's own number is told by the answer to their SMS.
    """
    for index, rule in enumerate(definition.messages):
        if rule.event != event:
            continue
        for name, language, addresses, party_id, is_confirmed in _addressees(case, rule.to):
            with translation.override(language):
                values = _values(case, definition, name=name, bill=bill)
                if not is_confirmed:
                    values |= _unsaid()
                for channel in rule.channels:
                    address = addresses.get(channel)
                    if not address or (is_answered and channel == "sms" and is_confirmed and rule.to == "applicant"):
                        continue
                    body = fill(str(rule.sms if channel == "sms" else rule.body), values)
                    messaging.say(
                        key=f"case:{case.pk}:{case.seq}:{event}:{index}:{channel}:{address}"[:120],
                        channel=channel,
                        to=address,
                        subject=fill(str(rule.subject), values)[:200] if channel == "email" else "",
                        body=body,
                        language=language,
                        about=naming.about(case),
                        office=case.office.slug,
                        party_id=party_id,
                        kind="money" if event in MONEY else "matter",
                        is_awaited=event in AWAITED and rule.to == "applicant",
                        now=now,
                    )


def _unsaid() -> dict[str, str]:
    """What an address that nobody has confirmed reads instead of what is personal: it may be somebody else's by now."""
    return {
        "name": _("Sir or Madam"), "reason": _("ask at the counter or see the application"), "state": _("the next step"),
        "amount": _("amount on the bill"),
    }


def _addressees(case: Case, to: str):
    if to == "applicant":
        user = getattr(case.applicant, "user", None)
        party, language = case.applicant, user.language if user else "id"
        known = {"sms": user and user.phone, "email": user and user.email}
        told = {"sms": party.phone, "email": party.email}
        yield party.name, language, known, party.pk, True
        yield party.name, language, {channel: told[channel] for channel in told if not known[channel]}, party.pk, False
        return
    if to == "head":
        role, office = "head", case.office
    else:
        role, office = case.holder_role, case.holder_office
    if office is None or role in ("applicant", "system"):
        return
    people = [case.claimed_by] if to == "holder" and case.claimed_by else access.holders_of(role, office)
    for person in people:
        yield person.name, person.language, {"sms": person.phone, "email": person.email}, None, True


def _link(name: str, *parts: str) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=parts)}"


def _values(case: Case, definition: Definition, *, name: str, bill) -> dict[str, str]:
    from dgs.core.billing import api as billing
    from dgs.core.documents import api as documents

    about = naming.about(case)
    bill = bill or billing.bill_for(about)
    document = documents.document_for(about)
    last = case.events.exclude(public_note="").order_by("-seq").first()
    state = definition.workflow.states[case.state]
    return {
        "reference": case.reference,
        "service": str(definition.title),
        "name": name,
        "office": case.office.name,
        "state": str(state.public),
        "reason": last.public_note if last else "",
        "amount": formats.rupiah(bill.total) if bill else "",
        "due": formats.day(bill.due_on) if bill else "",
        "payment_code": bill.payment_code if bill else "",
        "code": (document.code if document else "") or (bill.payment_code if bill else ""),
        "link": _link("cases:mine_detail", case.reference),
        "verify_link": _link("documents:verify", document.code) if document else "",
    }
