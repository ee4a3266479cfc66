"""Template tags of the cases room: answers, history and messages as people read them; no queries.

They are put together here and not in a template, and escaped by the standard library's own function, because a case has
dozens of such parts and officers open cases all day.
"""

from functools import lru_cache
from html import escape
from uuid import UUID

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dgs.core.services import api as services
from dgs.ui.formats import clock, language
from dgs.ui.templatetags.ui import icon, ukuran

register = template.Library()

BLANK = "—"


@register.simple_tag
def answers(rows) -> SafeString:
    """A list of questions with what was answered: text, files to open, tables; and what is wrong with it, if anything is."""
    lines, spoken = [], language()
    for row in rows:
        field, errors = row["field"], row.get("errors") or ()
        mark = ' class="field--error"' if errors else ""
        told = "".join(f'<p class="field__errors">{icon("warning", size="small")}{escape(str(e))}</p>' for e in errors)
        answer = _answer(field, row["value"], row["text"])
        lines.append(f"<div{mark}><dt>{escape(getattr(field.label, spoken))}</dt><dd>{answer}{told}</dd></div>\n")
    # Every part that somebody wrote has gone through `escape` above or below.
    return mark_safe(f'<dl class="summary-list summary-list--narrow">\n{"".join(lines)}</dl>')  # noqa: S308


@register.simple_tag
def application(sections, findings) -> SafeString:
    """All that was answered, step by step, and below it what officers found."""
    parts = [(section["step"].title, section["rows"]) for section in sections]
    parts += [(_("Findings of officers"), findings)] if findings else []
    text = "".join(
        f'<section class="answers"><h3>{escape(str(title))}</h3>{answers(rows)}</section>\n' for title, rows in parts
    )
    return mark_safe(text)  # noqa: S308 - escaped above


@register.simple_tag
def history(moments) -> SafeString:
    """The moments of a case, the latest first and marked, with notes and what was asked to be mended."""
    lines = []
    for number, moment in enumerate(moments):
        mark = "" if number else ' class="timeline__item--current"'
        note = f'<p class="timeline__text">{_lines(moment.note)}</p>' if moment.note else ""
        items = "".join(f"<li>{_label(item['label'])}: {escape(str(item['message']))}</li>" for item in moment.items)
        asked = f'<ul class="timeline__text">{items}</ul>' if items else ""
        lines.append(
            f'<li{mark}>\n<p class="timeline__title">{escape(moment.text)}</p>\n<p class="timeline__time">'
            f'<time datetime="{moment.at.isoformat()}">{clock(moment.at)}</time> · {escape(moment.who)}</p>\n'
            f"{note}{asked}</li>\n"
        )
    return mark_safe(f'<ol class="timeline">\n{"".join(lines)}</ol>')  # noqa: S308 - escaped above


@register.simple_tag
def said(message, head) -> SafeString:
    """A message to a person, folded: a head such as the address, when it was said and how far it got, then its words."""
    drawn = icon("phone" if message.channel == "sms" else "mail")
    when = f'<span class="muted">{clock(message.created_at)} · {escape(message.get_state_display())}</span>'
    summary = f"<summary>{drawn}{escape(str(head))} {when}</summary>"
    return mark_safe(f'<details class="said">{summary}<p>{_lines(message.body)}</p></details>')  # noqa: S308 - escaped above


def _label(label) -> str:
    return escape(label["en" if language() == "en" else "id"])


def _lines(text) -> str:
    return escape(str(text)).replace("\r\n", "\n").replace("\n", "<br>")


def _answer(field, value, text) -> str:
    if field.type == "file":
        return "".join(map(_file, value or ())) or f'<span class="muted">{BLANK}</span>'
    if field.type == "list":
        return _table(field, value or ())
    return _lines(text) or BLANK


@lru_cache(maxsize=8)
def _file_address(_prefix: str) -> str:
    """The address of a file with the place of its number: put together once, for a case has many files."""
    return reverse("documents:file", args=[UUID(int=0)]).replace(str(UUID(int=0)), "{}")


def _file(file) -> str:
    address = _file_address(get_script_prefix()).format(UUID(str(file["id"])))
    return (
        f'<a class="with-icon" href="{address}" target="_blank" rel="noopener">'
        f'{icon("document", size="small")}<span>{escape(str(file["name"]))}</span> '
        f'<span class="muted">{escape(ukuran(file["size"]))}</span></a>'
    )


def _table(field, rows) -> str:
    head = "".join(f'<th scope="col">{escape(str(column.label))}</th>' for column in field.fields)
    body = "".join(f"<tr>{''.join(_cell(column, row) for column in field.fields)}</tr>" for row in rows)
    body = body or f'<tr><td colspan="{len(field.fields)}" class="muted">{BLANK}</td></tr>'
    table = f'<table class="table table--dense"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="table-scroll" tabindex="0" role="region" aria-label="{escape(str(field.label))}">{table}</div>'


def _cell(column, row) -> str:
    return f"<td>{escape(services.display(column, row.get(column.id))) or BLANK}</td>"


@register.filter
def item(mapping, key):
    """The value under a key, or an empty text."""
    return mapping.get(key, "") if mapping else ""
