"""How a question of a form is asked by SMS and what an answer to it means; conversations are in the rooms that lead them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dgs.core.messaging.api import NO, YES, cut, in_gsm, picked, segments, word_of
from dgs.core.services.definition import Definition, Field

# What can be said in a line of text; a file, a table and a point on a map cannot.
ASKABLE = frozenset({
    "text", "textarea", "integer", "decimal", "money", "date", "choice", "choices", "boolean", "nik", "kk", "phone", "email",
    "region",
})
SKIP = frozenset({"-", "LEWATI", "SKIP"})
MOST_PARTS = 2
LONGEST_REPORT, LONGEST_TEXT = 1600, 2000


def question(item: Field) -> str:
    """The question with its numbered answers, in the active language."""
    lines = [str(item.label)]
    if item.help and not item.options:
        lines[0] += f" {item.help}"
    if item.type in {"choice", "choices"}:
        lines += [f"{number}. {option.label}" for number, option in enumerate(item.options, start=1)]
        lines.append(_("Answer with the number.") if item.type == "choice" else _("Answer with one or more numbers."))
    elif item.type == "boolean":
        lines.append(_("Answer YES or NO."))
    elif item.type == "date":
        lines.append(_("For example 31-01-2026."))
    elif item.type == "region":
        lines.append(_("Write its name."))
    if not item.required and item.type != "boolean":
        lines.append(_("Nothing to say? Answer -"))
    return "\n".join(lines)


def raw_of(item: Field, text: str) -> Any:
    """What an answer means, as a form would send it; empty when the question is left out. Judging it is the form's."""
    text = text.strip()
    word = word_of(text)
    if not item.required and (text == "-" or word in SKIP):
        return ""
    if item.type == "choice":
        return _option(item, text)
    if item.type == "choices":
        return [_option(item, part) for part in text.replace(",", " ").replace(".", " ").split()]
    if item.type == "boolean":
        return True if word in YES else False if word in NO else text
    if item.type == "region":
        return {"text": text}
    return text


def _option(item: Field, text: str) -> str:
    """The value of an option that was named by its number or its words; else the text, which the form refuses."""
    option = picked(text, item.options)
    if option is not None:
        return option.value
    labels = {str(option.label).lower(): option.value for option in item.options}
    return labels.get(text.strip(" .)").lower(), text)


def unaskable(definition: Definition) -> list[tuple[str, int]]:
    """What keeps a service that names the channel `sms` from it, as sentences with the line in form.yaml (0: service.yaml)."""
    from django.utils import translation

    found = _unfit_for_reports(definition)
    if "person" not in definition.applicants:
        found.append((_("by SMS persons apply, and this service is not for them"), 0))
    for item in definition.form.fields():
        if item.type not in ASKABLE:
            found.append((_("%(name)s is of type %(type)s, which cannot be asked by SMS") % {
                "name": item.id, "type": item.type}, item.line))
    for language in ("id", "en"):
        with translation.override(language):
            questions = {item.id: (question(item), item.line) for item in definition.form.fields() if item.type in ASKABLE}
            consent = f"{definition.consent} {_('Do you agree? Answer YES.')}"
        texts = [(name, text, line) for name, (text, line) in questions.items()] + [("consent", consent, 0)]
        found += [
            (_("%(name)s is too long for two SMS in %(language)s") % {"name": name, "language": language}, line)
            for name, text, line in texts if segments(text).parts > MOST_PARTS
        ]
    return found


def _unfit_for_reports(definition: Definition) -> list[tuple[str, int]]:
    """What keeps the text of a report by SMS from being an application: another question that must be answered, or no room."""
    if definition.report_field is None:
        return []
    taking = definition.form.field(definition.report_field)
    if taking is None or taking.type != "textarea" or (taking.max_length or LONGEST_TEXT) < LONGEST_REPORT:
        return [(_("report_field must name a textarea with room for %(count)s characters") % {"count": LONGEST_REPORT}, 0)]
    return [
        (_("%(name)s must be answered, but a report by SMS answers only %(taking)s") % {"name": item.id, "taking": taking.id},
         item.line)
        for item in definition.form.fields() if item.required and item.when is None and not item.sources and item is not taking
    ]


def summary(rows: list[tuple[str, str]], room: int) -> str:
    """Answers with their questions in at most so many characters; each gets its share of the room."""
    share = max(16, room // max(1, len(rows)) - 2)
    said = [f"{cut(label, share // 2)}: {cut(text, share - min(len(label), share // 2) - 2)}" for label, text in rows]
    return cut(in_gsm("; ".join(said)), room)
