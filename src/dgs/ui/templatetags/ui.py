"""Template tags and filters of the design system: money, dates, icons, questions, charts; always loaded, no queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm
from django.template.base import FilterExpression, Node, Parser, Token, token_kwargs
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dgs.kernel.keeping import HERE, TOKEN, Kept
from dgs.kernel.whose import FIELD, mark
from dgs.ui import charts, fields, formats
from dgs.ui.icons import icon_names
from dgs.ui.themes import current_theme

register = template.Library()

TONES = {
    "done": "check-circle",
    "active": "clock",
    "waiting": "hourglass",
    "late": "warning",
    "stopped": "minus-circle",
    "paused": "pause",
    "neutral": "circle",
    "info": "info",
}


def _drawn(name: str, values: dict[str, Any]) -> SafeString:
    return mark_safe(get_template(name).render(values).strip())  # noqa: S308  the template has escaped what it was given


@register.filter
def rupiah(value: Any) -> str:
    """`Rp 1.250.000` for whole rupiah."""
    return formats.rupiah(value)


@register.filter
def terbilang(value: Any) -> str:
    """Whole rupiah in Indonesian words."""
    return formats.in_words(int(value))


@register.filter
def angka(value: Any, places: int | None = None) -> str:
    """A number grouped the way the active language groups it; `|angka:1` for one decimal."""
    return "" if value is None else formats.number(value, places)


@register.filter
def tanggal(value: Any, style: str = "short") -> str:
    """`22 Nov 2026`; `|tanggal:"long"` and `|tanggal:"full"` write the month (and day) out."""
    return formats.day(value, style)


@register.filter
def waktu(value: Any, style: str = "short") -> str:
    """`22 Nov 2026, 08.05` in local time; `|waktu:"zone"` adds the zone."""
    return formats.clock(value, style)


@register.filter
def hari_kerja(count: int | None) -> str:
    """`5 hari kerja`."""
    if count is None:
        return ""
    return ngettext("%(count)s working day", "%(count)s working days", int(count)) % {"count": formats.number(count)}


@register.filter
def ukuran(size: int | None) -> str:
    """Bytes as a file size people read: `340 KB`, `1,2 MB`."""
    if not size:
        return ""
    if size < 1_000_000:
        return f"{formats.number(max(1, round(size / 1000)))}{formats.NO_BREAK}KB"
    return f"{formats.number(size / 1_000_000, 1)}{formats.NO_BREAK}MB"


AROUND = Kept(most=1000, seconds=30)


@register.simple_tag(takes_context=True)
def around(context: template.Context, name: str) -> SafeString:
    """A part that stands around the content, such as the header: rendered once for all pages on which it looks the same.

    It is kept for half a minute by `dgs.looks` and the language; the visitor's token and the page's address are put in
    each time.
    """
    looks = getattr(context.get("dgs"), "looks", None)  # a page that tells that something is broken has none

    def make() -> str:
        with context.push(csrf_token=TOKEN, here=HERE):
            return get_template(name).template.render(context)

    text = AROUND.get((name, settings.REGION, get_language(), looks), make) if looks else make()
    if TOKEN in text:
        text = text.replace(TOKEN, str(context["csrf_token"]))
    if HERE in text and context.get("here") != HERE:  # a kept shell has its address put in later
        text = text.replace(HERE, conditional_escape(context["request"].get_full_path() if "request" in context else "/"))
    return mark_safe(text)  # noqa: S308  rendered by a template just now, escaped there


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; silent for screen readers unless it has a label. Sizes: "small", "large", "huge"."""
    if not label:
        return _silent_icon(name, size)
    return format_html(
        '<svg class="icon{}" width="24" height="24" role="img" aria-label="{}"><use href="{}"></use></svg>',
        f" icon--{size}" if size else "", label, _icon_address(name),
    )


def _icon_address(name: str) -> str:
    return f"{static('ui/icons.svg')}#{name if name in icon_names() else 'circle'}"


@lru_cache(maxsize=500)
def _silent_icon(name: str, size: str) -> SafeString:
    return format_html(
        '<svg class="icon{}" width="24" height="24" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        f" icon--{size}" if size else "", _icon_address(name),
    )


@register.simple_tag
def status(tone: str, text: Any) -> SafeString:
    """A state as icon and word. Tones: done, active, waiting, late, stopped, paused, neutral, info."""
    tone = tone if tone in TONES else "neutral"
    return format_html('<span class="status status--{}">{}{}</span>', tone, icon(TONES[tone], size="small"), text)


@register.simple_tag(takes_context=True)
def whose(context) -> SafeString:
    """Beside the token of a form whose view gives unsaved answers back: the mark by which they find their owner."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, mark(context["request"]))


@register.simple_tag
def region_theme():
    """The look of this instance's region: names, emblem, motif, tokens."""
    return current_theme()


@register.simple_tag
def tiles() -> dict[str, str]:
    """Address and credit of the map tiles; empty address when this instance has none."""
    return {"url": settings.DGS_TILE_URL, "credit": settings.DGS_TILE_CREDIT}


@register.simple_tag(name="field")
def field_tag(question: Any) -> SafeString:
    """A question with label, help, errors and control; takes a FieldView or a field of a Django form."""
    shown = fields.shown(question)
    if shown.type == "hidden":
        return format_html('<input type="hidden" name="{}" value="{}">', shown.name, shown.value)
    return _drawn("ui/field.html", {"f": shown, "is_group": fields.is_group(shown)})


@register.simple_tag
def control(question: Any) -> SafeString:
    """Only the control of a question, without its label; `ui/field.html` uses it."""
    shown = fields.shown(question)
    return _drawn(fields.partial(shown), {"f": shown, "as_radio": fields.as_radio(shown)})


@register.simple_tag
def form_fields(form: BaseForm) -> SafeString:
    """All fields of a Django form in order, hidden ones included."""
    return mark_safe("".join(field_tag(form[name]) for name in form.fields))  # noqa: S308  each part is escaped by its template


@register.simple_tag
def control_attrs(question: Any) -> SafeString:
    """The attributes every control of a question carries: limits, required, and what describes it."""
    pairs = [(k, v) for k, v in (question.attrs or {}).items() if k != "as" and v is not None and v is not False]
    described = []
    if question.help:
        described.append(f"{question.id}-help")
    if question.errors:
        described.append(f"{question.id}-error")
        pairs.append(("aria-invalid", "true"))
    if described:
        pairs.append(("aria-describedby", " ".join(described)))
    if question.required and question.type != "choices":
        pairs.append(("required", True))
    return format_html_join(
        "", "{}", ((format_html(" {}" if v is True else ' {}="{}"', k, v),) for k, v in pairs)
    )


@register.simple_tag
def error_summary(source: Any, title: str = "") -> SafeString:
    """The box on top that lists every error with a link to its question; empty when there is none.

    `source`: a Django form, or an iterable of questions, or a mapping of id to sentences.
    """
    lines: list[tuple[str, Any]] = []
    if isinstance(source, BaseForm):
        lines += [("", sentence) for sentence in source.non_field_errors()]
        lines += [(bound.auto_id, e) for bound in source for e in bound.errors]
    elif isinstance(source, Mapping):
        lines += [(key, sentence) for key, found in source.items() for sentence in found]
    else:
        lines += list(_errors_of(source or ()))
    if not lines:
        return mark_safe("")
    return _drawn("ui/error_summary.html", {"lines": lines, "title": title, "count": len(lines)})


def _errors_of(questions: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for question in questions:
        for sentence in question.errors:
            yield question.id, sentence
        for row in getattr(question, "rows", None) or ():
            yield from _errors_of(row)


@register.simple_tag
def accepted(question: Any) -> str:
    """What a file question takes, in words: `PDF, JPEG atau PNG, paling besar 5 MB`."""
    names = [str(kind).rsplit("/", 1)[-1].upper() for kind in question.accept or ()]
    words = ""
    if len(names) > 1:
        words = _("%(first)s or %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
    elif names:
        words = names[0]
    parts = [words] if words else []
    if question.max_mb:
        parts.append(_("at most %(size)s MB each") % {"size": question.max_mb})
    if (question.max_count or 1) > 1:
        parts.append(_("up to %(count)s files") % {"count": question.max_count})
    return ", ".join(parts)


@register.simple_tag
def accept_attr(question: Any) -> str:
    """The `accept` attribute of a file input."""
    known = {"pdf": ".pdf,application/pdf", "jpeg": ".jpg,.jpeg,image/jpeg", "png": ".png,image/png"}
    return ",".join(known.get(str(kind), str(kind)) for kind in question.accept or ())


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: template.Context, page_obj: Any, name: str = "page") -> dict[str, Any]:
    """Links to the pages of a list, keeping the filters of the address."""
    request = context.get("request")
    query = request.GET.copy() if request else None

    def address(number: int) -> str:
        if query is None:
            return f"?{name}={number}"
        query[name] = str(number)
        return "?" + query.urlencode()

    numbers = []
    for number in page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1):
        is_page = isinstance(number, int)
        numbers.append({"text": number, "url": address(number) if is_page else "", "current": number == page_obj.number})
    return {
        "page_obj": page_obj, "numbers": numbers,
        "previous": address(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": address(page_obj.next_page_number()) if page_obj.has_next() else "",
    }


@register.inclusion_tag("ui/daysbar.html")
def daysbar(used: int | None, allowed: int | None, tone: str = "") -> dict[str, Any]:
    """A thin bar of working days used of days allowed; turns gold at 80 % and red when over."""
    used, allowed = int(used or 0), int(allowed or 0)
    share = used / allowed if allowed else 0
    tone = tone or ("late" if share > 1 else "waiting" if share >= 0.8 else "active")
    return {"used": used, "allowed": allowed, "tone": tone, "percent": f"{min(share, 1) * 100:.1f}"}


@register.inclusion_tag("ui/charts/spark.html")
def sparkline(values: Any, title: str = "", width: int = 120, height: int = 32) -> dict[str, Any]:
    """A small line without axes beside a figure that says the value in words."""
    return {"title": title, **charts.spark(list(values or ()), width, height)}


@register.inclusion_tag("ui/charts/bars.html")
def bars(rows: Any, title: str = "", unit: str = "") -> dict[str, Any]:
    """Horizontal bars of (label, value[, url[, tone]]), each named and numbered; a list for screen readers."""
    return {"rows": charts.bars(list(rows or ()), unit), "title": title, "unit": unit}


@register.inclusion_tag("ui/charts/trend.html")
def trend(series: Any, labels: Any, title: str = "", unit: str = "", description: str = "") -> dict[str, Any]:
    """Lines over time, named at their ends, with the table behind them."""
    drawn = charts.trend(list(series or ()), list(labels or ()))
    return {**drawn, "title": title, "unit": unit, "description": description}


class ComponentNode(Node):
    """Renders a template around the content between the tags."""

    def __init__(self, body, name: str, values: dict[str, FilterExpression]) -> None:
        self.body, self.name, self.values = body, name, values

    def render(self, context: template.Context) -> SafeString:
        """The component with `body` and the given values added to the page's context."""
        given = {key: value.resolve(context) for key, value in self.values.items()}
        with context.push(**given, body=self.body.render(context)):
            return get_template(f"ui/{self.name}.html").template.render(context)


@register.tag
def notice(parser: Parser, token: Token) -> ComponentNode:
    """`{% notice tone="waiting" title=... %}text{% endnotice %}`: something the person must read.

    Tones: info, waiting, done, late.
    """
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    body = parser.parse(("endnotice",))
    parser.delete_first_token()
    return ComponentNode(body, "notice", values)


@register.filter
def initials(name: str) -> str:
    """At most two letters for a round mark beside a name."""
    parts = [part for part in str(name).split() if part[:1].isalpha()]
    return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


@register.filter
def text_or_dash(value: Any) -> Any:
    """The value, or a dash when there is none."""
    return "\u2013" if value in (None, "", [], ()) else conditional_escape(value)
