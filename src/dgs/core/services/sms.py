"""What people ask of the catalogue by SMS: what a service is (INFO), what it needs (SYARAT); and choosing one of several."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.messaging.api import Answer, Elsewhere, Sms, cut, in_gsm, picked, word_of
from dgs.core.services import components, queries
from dgs.core.services.definition import Definition
from dgs.core.services.models import Service
from dgs.kernel.manifest import SmsCommand

ONE, TWO = 160, 306
MORE = frozenset({"LANJUT", "LAGI", "MORE", "NEXT"})
MOST_CHOICES = 6
Found = list[tuple[Service, Definition]]


def find(text: str) -> Found:
    """The open services that a text means: by slug, by words and synonyms, by words with typing errors; empty when none."""
    words = queries.plain(text[:100]).split()
    if not words:
        return []
    offered = queries.open_services()
    named = [pair for pair in offered if queries.plain(pair[0].slug).split() == words]
    # What is all filler ("saya mau mengurus") finds everything, which says nothing.
    found = named or ([] if queries.is_filler(words) else queries.search(" ".join(words)))
    return found or _nearest(words, offered)


def _nearest(words: Sequence[str], offered: Found) -> Found:
    """What is found when each word is taken for the nearest word of the catalogue."""
    known = {word for group in queries.GROUPS for word in group if " " not in word}
    for _service, definition in offered:
        texts = (definition.title.id, definition.title.en, *definition.keywords)
        known.update(queries.plain(" ".join(texts)).split())
    near = [difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.75) for word in words]
    read = " ".join(one[0] for one in near if one)
    return [] if queries.is_filler(read.split()) else queries.search(read)


def choose(found: Found, known: dict, *, ask: str = "") -> Answer:
    """Ask which of several services is meant, answered by its number; `known` is remembered with it."""
    listed = found[:MOST_CHOICES]
    lines = "\n".join(f"{number}. {cut(definition.title, 28)}" for number, (_service, definition) in enumerate(listed, start=1))
    asked = f"{ask or _('Which one? Answer with its number.')}\n{lines}"
    return Answer(asked, known={**known, "choices": [service.slug for service, _definition in listed]})


def chosen(sms: Sms, known: dict) -> tuple[Service, Definition]:
    """The service that an answer to `choose` names, by number or in words; what is neither is read as a new text."""
    slugs = known["choices"]
    offered = {service.slug: (service, definition) for service, definition in queries.open_services()}
    if (slug := picked(sms.rest, slugs)) in offered:
        return offered[slug]
    named = [pair for pair in find(sms.rest) if pair[0].slug in slugs]
    if len(named) != 1:
        raise Elsewhere
    return named[0]


def address_of(service: Service) -> str:
    """The page of a service."""
    return settings.BASE_URL + reverse("services:detail", args=[service.slug])


def info(sms: Sms) -> str | Answer:
    """What a service is, how long it takes, what it costs, and its page."""
    return _about(sms, "info")


def syarat(sms: Sms) -> str | Answer:
    """What a service needs, in short."""
    return _about(sms, "needs")


def go_on(sms: Sms, known: dict) -> str | Answer:
    """The service that was chosen, or the requirements that follow."""
    if "from" in known:
        if word_of(sms.rest) not in MORE:
            raise Elsewhere
        pair = next((pair for pair in queries.open_services() if pair[0].slug == known["slug"]), None)
        if pair is None:
            raise Elsewhere
        return _needs(*pair, start=known["from"])
    return TOLD[known["what"]](*chosen(sms, known))


def _about(sms: Sms, what: str) -> str | Answer:
    found = find(sms.rest)
    if len(found) == 1:
        return TOLD[what](*found[0])
    if found:
        return choose(found, {"what": what})
    offered = queries.open_services()
    if not offered:
        return _("There are no services yet.")
    ask = _("No service is called so. Answer with a number:") if sms.rest else _("Which service? Answer with a number:")
    return choose(offered, {"what": what}, ask=ask)


def _info(service: Service, definition: Definition) -> str:
    facts = components.facts(definition)
    cost = facts["cost"] if facts["is_free"] else cut(definition.standard.cost, 90)
    told = _("%(title)s: %(time)s, %(cost)s.") % {"title": definition.title, "time": facts["time"], "cost": cost}
    onward = _("Needed: REQUIREMENTS %(word)s") % {"word": _word(service)}
    text = f"{told} {onward}. {address_of(service)}"
    left = ONE - len(text) - 1
    return f"{told} {cut(definition.summary, left)} {onward}. {address_of(service)}" if left > 40 else text


def _needs(service: Service, definition: Definition, start: int = 0) -> str | Answer:
    """The requirements from that one on, whole: what does not fit comes with LANJUT, for who has no page to open."""
    texts = [cut(in_gsm(str(text)), 200) for text in definition.standard.requirements]
    lines, more = [f"{cut(definition.title, 40)}:"], _("More: MORE")
    for number, text in enumerate(texts[start:], start=start + 1):
        line, is_last = f"{number}. {text}", number == len(texts)
        if number > start + 1 and len("\n".join([*lines, line] if is_last else [*lines, line, more])) > TWO:
            return Answer("\n".join([*lines, more]), known={"slug": service.slug, "from": number - 1})
        lines.append(line)
    return "\n".join(lines)


def _word(service: Service) -> str:
    """By what an SMS can name a service."""
    return service.slug.replace("-", " ").upper()


TOLD = {"info": _info, "needs": _needs}
COMMANDS = (
    SmsCommand(
        word="INFO", aliases=("LAYANAN",), english=("ABOUT", "SERVICE"), answer=info, go_on=go_on, order=10,
        usage=gettext_lazy("ABOUT <service>"), help=gettext_lazy("what a service is, how long it takes and what it costs"),
    ),
    SmsCommand(
        word="SYARAT", aliases=("PERSYARATAN",), english=("REQUIREMENTS", "NEEDS"), answer=syarat, go_on=go_on, order=11,
        usage=gettext_lazy("REQUIREMENTS <service>"), help=gettext_lazy("what you need for a service"),
    ),
)
