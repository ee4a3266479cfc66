"""Template tags and filters of the design system: money, dates, icons; no queries."""

from django import template

register = template.Library()
