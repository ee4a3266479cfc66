"""What a service says, filled in with examples, as people will read it; saying it is the cases room's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from dgs.core.messaging import api as messaging
from dgs.core.services.definition import Definition, MessageRule
from dgs.core.services.loader.wording import SAMPLES

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
EVENTS = {
    "submitted": gettext_lazy("An application was sent"), "correction": gettext_lazy("Something has to be corrected"),
    "bill": gettext_lazy("A bill was issued"), "paid": gettext_lazy("The bill was paid"),
    "issued": gettext_lazy("The product was issued"), "refused": gettext_lazy("The application was refused"),
    "lapsed": gettext_lazy("The application lapsed"), "escalated": gettext_lazy("A step is late"),
    "withdrawn": gettext_lazy("The applicant withdrew it"), "warning": gettext_lazy("A step is nearly late"),
}
READERS = {"applicant": gettext_lazy("to the applicant"), "holder": gettext_lazy("to whoever holds the case"),
           "head": gettext_lazy("to the head of the office")}

TITLES = {"id": "Bahasa Indonesia", "en": "English"}


@dataclass(frozen=True)
class Said:
    """One message in one language: an SMS with its length, or an e-mail with its subject."""

    language: str
    title: str
    sms: str
    parts: messaging.Segments | None
    subject: str
    body: str


@dataclass(frozen=True)
class Rule:
    """What is said on one event."""

    when: str
    to: str
    channels: tuple[str, ...]
    languages: tuple[Said, ...]


def said(definition: Definition) -> list[Rule]:
    """Everything a service says, in both languages, with examples in place of placeholders."""
    return [
        Rule(_when(rule, definition), str(READERS[rule.to]), rule.channels, tuple(_said(rule, definition, one) for one in TITLES))
        for rule in definition.messages
    ]


def _when(rule: MessageRule, definition: Definition) -> str:
    head, _colon, state = rule.event.partition(":")
    if head == "entered":
        return _("The case comes to: %(state)s") % {"state": definition.workflow.states[state].public}
    return str(EVENTS[rule.event])


def _said(rule: MessageRule, definition: Definition, language: str) -> Said:
    with override(language):
        reason, state = _("The copy of the family card cannot be read."), _("Being examined")
    values = SAMPLES | {"service": getattr(definition.title, language), "reason": reason, "state": state}

    def fill(text: str) -> str:
        return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)

    sms = fill(getattr(rule.sms, language)) if "sms" in rule.channels else ""
    is_mailed = "email" in rule.channels
    return Said(
        language, TITLES[language], sms, messaging.segments(sms) if sms else None,
        fill(getattr(rule.subject, language)) if is_mailed else "", fill(getattr(rule.body, language)) if is_mailed else "",
    )
