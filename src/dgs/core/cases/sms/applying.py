"""DAFTAR: applying by SMS, one question after the other as the service's form asks them, sent once with the code of the summary.

Answers wait sealed in the conversation until they are sent; nothing is kept when it is given up. The summary carries a code, for
who can forge a sender does not read what we answer.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import api as accounts
from dgs.core.cases import clock
from dgs.core.cases.actions.submission import create_case
from dgs.core.cases.errors import NoPerson
from dgs.core.cases.models import Case, Channel
from dgs.core.messaging.api import NO, YES, Answer, Sms, cut, picked, word_of
from dgs.core.parties import api as parties
from dgs.core.services import api as services
from dgs.core.services.api import Field, Step, by_sms
from dgs.kernel.errors import InvalidInput, NotFound
from dgs.kernel.manifest import SmsCommand
from dgs.kernel.protection import keyed_hash

TWO, CODE_TRIES = 306, 3
ACCOUNT = frozenset({"AKUN", "ACCOUNT"})


def daftar(sms: Sms) -> str | Answer:
    """Apply for a service; without one, or without an account, make the account first."""
    if sms.rest.strip(" .").upper() in ACCOUNT or (not sms.rest and sms.whose is None):
        return accounts.begin_by_sms(sms)
    offered = services.find(sms.rest) if sms.rest else []
    open_by_sms = [pair for pair in offered if "sms" in pair[1].channels]
    if len(open_by_sms) == 1:
        return begin(sms, open_by_sms[0][0].slug)
    if len(open_by_sms) > 1:
        return services.choose(open_by_sms, {"flow": "choose"})
    if offered:
        service, definition = offered[0]
        return _("%(title)s cannot be applied for by SMS: it needs papers. Apply at %(link)s or at a counter.") % {
            "title": cut(definition.title, 40), "link": services.address_of(service)
        }
    by_number = [pair for pair in services.open_services() if "sms" in pair[1].channels]
    if not by_number:
        return _("No service can be applied for by SMS. What there is: ABOUT")
    return services.choose(by_number, {"flow": "choose"}, ask=_("What do you want to apply for? Answer with a number:"))


def begin(sms: Sms, slug: str, values: dict[str, Any] | None = None) -> str | Answer:
    """Begin with a service: with the account first when the number has none, then question by question."""
    if sms.whose is None:
        return _then(accounts.begin_by_sms(sms), slug)
    version = services.current_version(slug)
    if version is None:
        raise NotFound(_("This service does not exist any more."))
    user = accounts.user_by_id(sms.whose.user_id)
    if user.party is None or user.party.kind != "person":
        raise NoPerson
    known = {
        "flow": "form", "version": version.pk, "begun": sms.inbound_id, "values": values or {}, "left": [],
        "attributes": _attributes(version, user, sms),
    }
    definition = services.definition_of(version.pk)
    head = _("%(title)s by SMS. To stop: CANCEL.") % {"title": cut(definition.title, 50)}
    return _next(sms, known, head=head)


def go_on(sms: Sms, known: dict) -> str | Answer:
    """The next answer, of whichever part of the conversation."""
    if "account" in known:
        return _after_account(sms, known)
    if known["flow"] == "choose":
        service, _definition = services.chosen(sms, known)
        return begin(sms, service.slug)
    if sms.whose is None:
        return _("This number belongs to no account any more. To make one: ACCOUNT")
    if known["flow"] == "consent":
        return _agreed(sms, known)
    if known["flow"] == "send":
        return _sent(sms, known)
    return _answered(sms, known)


def _then(answer: str | Answer, slug: str) -> str | Answer:
    """The account's question, remembered together with what was wanted first."""
    if isinstance(answer, str) or answer.known is None:
        return answer
    return replace(answer, known={**answer.known, "then": slug})


def _after_account(sms: Sms, known: dict) -> str | Answer:
    answer = accounts.go_on_by_sms(sms, known)
    if isinstance(answer, Answer) and answer.known is not None:
        return _then(answer, known["then"]) if "then" in known else answer
    whose = accounts.whose(sms.number)
    if "then" not in known or whose is None:
        return answer
    first = begin(replace(sms, whose=whose), known["then"])
    text = answer.text if isinstance(answer, Answer) else answer
    return replace(first, text=f"{text}\n{first.text}") if isinstance(first, Answer) else f"{text}\n{first}"


def _attributes(version, user, sms: Sms) -> dict[str, Any]:
    """What the register knows and the form needs, read and audited once for the conversation."""
    found = parties.attribute_values(
        applicant=user.party, business=None, by=user, purpose=f"services.service:{version.service.slug}", now=sms.now,
        paths=services.attributes_of(version.pk),
    )
    return {path: value.isoformat() if isinstance(value, date) else value for path, value in found.items()}


def _context(sms: Sms, known: dict) -> services.Context:
    return services.Context(
        values=known["values"], attributes=known["attributes"], findings={}, today=clock.day_of(sms.now)
    )


def _open_question(sms: Sms, known: dict) -> tuple[Step, Field] | None:
    """The first question that is asked now and has no answer; None when all are answered."""
    context = _context(sms, known)
    done = {*known["values"], *known["left"]}
    for step, fields in services.visible(services.definition_of(known["version"]).form, context):
        for item in fields:
            if item.id not in done and services.known_value(item, context) is None:
                return step, item
    return None


def _next(sms: Sms, known: dict, *, head: str = "") -> Answer:
    found = _open_question(sms, known)
    if found is None:
        return _ask_consent(known)
    _step, item = found
    text = by_sms.question(item)
    return Answer(
        f"{head}\n{text}" if head else text, known={**known, "flow": "form", "at": item.id},
        is_secret=item.personal or item.type in {"nik", "kk"}, is_prose=item.type in {"text", "textarea"},
    )


def _answered(sms: Sms, known: dict) -> Answer:
    step, item = _at(known)
    context = _context(sms, known)
    raw = by_sms.raw_of(item, sms.rest)
    if item.type == "region" and isinstance(raw, dict):
        raw = _place(item, sms.rest, known, context)
        if isinstance(raw, Answer):
            return raw
    known = {key: value for key, value in known.items() if key != "places"}
    clean, errors = services.clean_step(replace(step, fields=(item,)), {item.id: raw}, {}, context)
    if errors:
        return _again(item, known, " ".join(sentence for sentences in errors.values() for sentence in sentences))
    if item.id in clean:
        return _next(sms, {**known, "values": {**known["values"], **clean}})
    return _next(sms, {**known, "left": [*known["left"], item.id]})


def _at(known: dict) -> tuple[Step, Field]:
    form = services.definition_of(known["version"]).form
    return next((step, item) for step in form.steps for item in step.fields if item.id == known["at"])


def _again(item: Field, known: dict, why: str) -> Answer:
    """The same question with what was wrong."""
    return Answer(
        f"{cut(why, 120)}\n{by_sms.question(item)}", known={**known, "flow": "form", "at": item.id},
        is_secret=item.personal or item.type in {"nik", "kk"}, is_prose=item.type in {"text", "textarea"},
    )


def _place(item: Field, text: str, known: dict, context: services.Context) -> str | Answer:
    """The code of the place that was named or chosen by its number; or a question which of several."""
    code = picked(text, known.get("places") or [])
    if code is not None:
        return code
    found = services.matching_regions(item, text[:100], context.asked.home)
    exact = [place for place in found if place.name.lower() == text.strip(" .)").lower()]
    found = exact or found
    if len(found) == 1:
        return found[0].code
    known = {key: value for key, value in known.items() if key != "places"}
    if not found:
        return _again(item, known, _("No place of this name is known here."))
    lines = "\n".join(f"{number}. {cut(place.path_label, 44)}" for number, place in enumerate(found[:5], start=1))
    return Answer(
        f"{_('Which one? Answer with its number.')}\n{lines}", known={**known, "places": [place.code for place in found[:5]]}
    )


def _ask_consent(known: dict) -> Answer:
    definition = services.definition_of(known["version"])
    return Answer(f"{definition.consent} {_('Do you agree? Answer YES.')}", known={**known, "flow": "consent"})


def _agreed(sms: Sms, known: dict) -> str | Answer:
    word = word_of(sms.rest)
    if word in NO:
        return _("Without this nothing can be sent. Nothing was kept.")
    if word not in YES:
        return _ask_consent(known)
    return _summary(sms, {**known, "code": f"{secrets.randbelow(10_000):04}", "tries": 0})


def _summary(sms: Sms, known: dict) -> Answer:
    definition = services.definition_of(known["version"])
    context = _context(sms, known)
    rows = [
        (str(item.label), _shown(item, known["values"][item.id]))
        for _step, fields in services.visible(definition.form, context) for item in fields if item.id in known["values"]
    ]
    tail = _("To send this answer: YES %(code)s") % {"code": known["code"]}
    head = f"{cut(definition.title, 30)}."
    told = by_sms.summary(rows, TWO - len(head) - len(tail) - 4)
    return Answer(f"{head} {told}. {tail}", known={**known, "flow": "send"})


def _shown(item: Field, value: Any) -> str:
    """An answer in the summary; of personal data the end, by which its owner knows it, for the summary stays in the outbox."""
    text = services.display(item, value)
    return f"...{text[-4:]}" if (item.personal or item.type in {"nik", "kk"}) and len(text) > 4 else text


def _sent(sms: Sms, known: dict) -> str | Answer:
    typed = "".join(sms.rest.upper().split()).strip(".!")
    if not secrets.compare_digest(typed.removeprefix("YA").removeprefix("YES").encode(), known["code"].encode()):
        if known["tries"] + 1 >= CODE_TRIES:
            return _("This was not the code. Nothing was sent and nothing was kept. To begin again: APPLY")
        tail = _("To send it, answer YES and the four digits of the last message, or CANCEL.")
        return Answer(tail, known={**known, "tries": known["tries"] + 1})
    try:
        case = send(sms, known)
    except InvalidInput as refusal:
        return _mend(known, refusal)
    return _("Sent. Number %(reference)s. To follow it: TRACK %(reference)s") % {"reference": case.reference}


def send(sms: Sms, known: dict) -> Case:
    """Make the case of a conversation, once: the same conversation again is the same case."""
    user = accounts.user_by_id(sms.whose.user_id)
    key = keyed_hash(f"{sms.number}:{known['begun']}", "sms-application")
    made = Case.objects.filter(client_key=key).first()
    if made is not None:
        return made
    version = services.version_by_id(known["version"])
    return create_case(
        version=version, values=known["values"], applicant=user.party, business=None, channel=Channel.SMS, by=user, now=sms.now,
        client_key=key, is_answered=True,
    )


def _mend(known: dict, refusal: InvalidInput) -> str | Answer:
    """Ask again for the first answer that does not fit the others."""
    form = services.definition_of(known["version"]).form
    wrong = {path.split("-")[0]: " ".join(map(str, sentences)) for path, sentences in refusal.errors.items()}
    item = next((item for item in form.fields() if item.id in wrong), None)
    if item is None:
        return " ".join(wrong.values()) or str(refusal)
    values = {name: value for name, value in known["values"].items() if name != item.id}
    left = [name for name in known["left"] if name != item.id]
    return _again(item, {**known, "values": values, "left": left}, wrong[item.id])


DAFTAR = SmsCommand(
    word="DAFTAR", aliases=("AJUKAN",), english=("APPLY", "REGISTER"), answer=daftar, go_on=go_on, leads=("KODE", "CODE"),
        order=40,
    usage=gettext_lazy("APPLY <service>"), help=gettext_lazy("applies for a service, or makes your account: ACCOUNT"),
)
