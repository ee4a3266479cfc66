"""Template tags of the cases room: an answer as text; no queries."""

from django import template

from dgs.core.services import api as services

register = template.Library()


@register.simple_tag
def answer(field, row) -> str:
    """One answer of a list row as people read it."""
    return services.display(field, row.get(field.id)) or "—"


@register.filter
def item(mapping, key):
    """The value under a key, or an empty text."""
    return mapping.get(key, "") if mapping else ""
