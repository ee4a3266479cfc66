"""Template tags of the cases room: answers as people read them; no queries.

They are put together here and not in a template, because a case has dozens of them and officers open cases all day.
"""

from django import template
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dgs.core.services import api as services
from dgs.ui.templatetags.ui import icon, ukuran

register = template.Library()

BLANK = "—"
MUTED = format_html('<span class="muted">{}</span>', BLANK)
MARKED = format_html(' class="{}"', "field--error")


@register.simple_tag
def answers(rows) -> SafeString:
    """A list of questions with what was answered: text, files to open, tables; and what is wrong with it, if anything is."""
    lines = (
        (
            MARKED if row.get("errors") else "",
            row["field"].label,
            _answer(row["field"], row["value"], row["text"]),
            _errors(row.get("errors") or ()),
        )
        for row in rows
    )
    return format_html(
        '<dl class="summary-list summary-list--narrow">\n{}</dl>',
        format_html_join("", "<div{}><dt>{}</dt><dd>{}{}</dd></div>\n", lines),
    )


def _answer(field, value, text) -> SafeString:
    if field.type == "file":
        return _files(value or ()) or MUTED
    if field.type == "list":
        return _table(field, value or ())
    return linebreaksbr(text) if text else BLANK


def _files(files) -> SafeString:
    return format_html_join(
        "",
        '<a class="with-icon" href="{}" target="_blank" rel="noopener">{}<span>{}</span> <span class="muted">{}</span></a>',
        (
            (reverse("documents:file", args=[file["id"]]), icon("document", size="small"), file["name"], ukuran(file["size"]))
            for file in files
        ),
    )


def _table(field, rows) -> SafeString:
    head = format_html_join("", '<th scope="col">{}</th>', ((column.label,) for column in field.fields))
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (
                format_html_join(
                    "", "<td>{}</td>", ((services.display(c, row.get(c.id)) or BLANK,) for c in field.fields)
                ),
            )
            for row in rows
        ),
    ) or format_html('<tr><td colspan="{}" class="muted">{}</td></tr>', len(field.fields), BLANK)
    return format_html(
        '<div class="table-scroll"><table class="table table--dense"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head, body,
    )


def _errors(sentences) -> SafeString:
    return format_html_join(
        "", '<p class="field__errors">{}{}</p>', ((icon("warning", size="small"), sentence) for sentence in sentences)
    )


@register.filter
def item(mapping, key):
    """The value under a key, or an empty text."""
    return mapping.get(key, "") if mapping else ""
