"""Judges what is said: messages (events, placeholders, length) and the names a letter uses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from dgs.core.services.definition import Definition, MessageRule
from dgs.core.services.loader.yaml_tree import Problems, Spot

EVENTS = frozenset({"submitted", "correction", "bill", "paid", "issued", "refused", "lapsed", "escalated", "withdrawn",
                    "warning"})
# The longest that usually stands in place of a placeholder, so that an SMS is known to fit beforehand.
SAMPLES = {
    "reference": "ABCD-EFGH-JKLM", "name": "Siti Contohwati", "office": "DPMPTSP Kabupaten Contoh",
    "amount": "Rp 12.345.678", "due": "30 Nov 2026", "code": "8812345678901234", "payment_code": "8812345678901234",
    "link": "https://layanan.contoh.go.id/permohonan/ABCD-EFGH-JKLM",
    "verify_link": "https://layanan.contoh.go.id/verifikasi/ABCD-EFGH-JKLM", "reason": "x" * 60, "state": "x" * 60,
}
# An SMS lies open on a telephone that may have changed hands.
NOT_BY_SMS = frozenset({"name", "reason"})
LETTER_NAMES = re.compile(
    r"\bdata\s*\.\s*(values|raw|findings|applicant|business)\s*\.\s*(?:at\(\s*\"([^\"]+)\"|([a-z_][a-z0-9_-]*))"
)
LETTER_GROUPS = {"applicant": {"name", "address", "nik_masked"}, "business": {"name", "address", "nib"}}
DICTIONARY_METHODS = {"at", "keys", "values", "pairs", "len", "insert", "remove"}


def judge_messages(definition: Definition, problems: Problems, messages: Iterable[tuple[MessageRule, Spot]]) -> None:
    """Known events and placeholders; an SMS fits into one; what concerns the applicant is told."""
    from dgs.core.messaging import api as messaging

    told = set()
    for rule, spot in messages:
        if rule.to == "applicant":
            told.add(rule.event)
        head, _colon, state = rule.event.partition(":")
        if head == "entered":
            if state not in definition.workflow.states:
                problems.add(spot, _("unknown state %(name)s") % {"name": state})
        elif rule.event not in EVENTS:
            problems.add(spot, _("unknown event %(name)s") % {"name": rule.event})
        for part in ("sms", "subject", "body"):
            text = getattr(rule, part)
            for language in ("id", "en"):
                words = getattr(text, language)
                for name in re.findall(r"\{([^}]*)\}", words):
                    if part == "sms" and name in NOT_BY_SMS:
                        problems.add(spot.get(part) or spot, _("an SMS must not hold {%(name)s}: others may read it") % {
                            "name": name})
                    if name not in {*SAMPLES, "service"}:
                        problems.add(spot.get(part) or spot, _("unknown placeholder %(name)s") % {
                            "name": "{" + name + "}"})
                if part != "sms" or "sms" not in rule.channels:
                    continue
                samples = {**SAMPLES, "service": getattr(definition.title, language)}
                filled = re.sub(r"\{([^}]*)\}", lambda m, s=samples: s.get(m[1], ""), words)
                encoding, length, parts = messaging.segments(filled)
                if encoding != "GSM-7" or parts > 1:
                    problems.add(spot.get("sms") or spot, _(
                        "the SMS does not fit: %(length)s characters of %(encoding)s when filled in (at most 160 of GSM-7)"
                    ) % {"length": length, "encoding": encoding})
    kinds = {a.kind for s in definition.workflow.states.values() for a in s.actions}
    outcomes = {s.outcome for s in definition.workflow.states.values()}
    needed = {"submitted"}
    needed |= {"correction"} if "correct" in kinds else set()
    needed |= {"refused"} if "refused" in outcomes else set()
    needed |= {"issued"} if "granted" in outcomes else set()
    needed |= {"bill", "paid"} if definition.fees.rules else set()
    for event in sorted(needed - told):
        problems.add(None, _("the applicant is never told about: %(event)s") % {"event": event}, file="messages.yaml")


def judge_letter(definition: Definition, problems: Problems) -> None:
    """Names in the letter exist; whether it compiles is tried with the examples."""
    known = {
        "values": {item.id for item in definition.form.fields()},
        "raw": {item.id for item in definition.form.fields()},
        "findings": {item.id for item in definition.finding_fields()},
        **LETTER_GROUPS,
    }
    for number, line in enumerate(definition.letter.splitlines(), start=1):
        for group, quoted, bare in LETTER_NAMES.findall(line):
            name = quoted or bare
            if not quoted and name in DICTIONARY_METHODS:
                continue
            if name not in known[group]:
                problems.add(None, _("unknown field %(name)s in the letter") % {"name": f"{group}.{name}"},
                             file="letter.typ", line=number)
