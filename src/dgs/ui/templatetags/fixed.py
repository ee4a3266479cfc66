"""Django's tags for words and addresses, answered once when a template is read where nothing in them can change later.

Templates are kept for each language (see ../loaders.py). What depends on the page stays a node of the template.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.template import Context, TemplateSyntaxError, defaulttags
from django.template.base import Node, Parser, TextNode, Token, render_value_in_context
from django.templatetags import i18n
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_script_prefix
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext

register = template.Library()


class Said(Node):
    """A text that is there from here on, under the name that the template gives it."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def render(self, context: Context) -> str:
        """Nothing to see."""
        context[self.name] = self.text
        return ""


@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    """Django's own; fixed words become plain text of the template."""
    node = i18n.do_translate(parser, token)
    expression = node.filter_expression
    if expression.filters or expression.var.lookups is not None or node.message_context:
        return node
    name, node.asvar = node.asvar, None
    text = node.render(Context())
    return Said(name, text) if name else TextNode(text)


class Sentence(Node):
    """A translated sentence with values in it; the sentence is looked up when the template is read, but for its plural."""

    def __init__(self, node: i18n.BlockTranslateNode) -> None:
        self.given, self.countervar, self.counter, self.asvar = node.extra_context, node.countervar, node.counter, node.asvar
        self.words, names = node.render_token_list(node.singular)
        self.plural = None
        if node.plural and node.countervar and node.counter:
            self.plural, more = node.render_token_list(node.plural)
            names = [*names, *more]
        self.names = tuple(dict.fromkeys(names))
        self.said = gettext(self.words)

    def render(self, context: Context) -> str:
        """The sentence with its values, each escaped as a template does."""
        given = {name: value.resolve(context) for name, value in self.given.items()}
        said = self.said
        if self.plural is not None:
            with context.push(**given):
                given[self.countervar] = count = self.counter.resolve(context)
            if not isinstance(count, Decimal | float | int):
                raise TemplateSyntaxError(f"{self.countervar!r} argument to 'blocktranslate' tag must be a number.")
            said = ngettext(self.words, self.plural, count)
        values = {n: render_value_in_context(given[n] if n in given else context.get(n, ""), context) for n in self.names}
        said = _filled(said, values, self.words)
        if self.asvar:
            context[self.asvar] = mark_safe(said)  # noqa: S308 - the sentence is ours, its values are escaped
            return ""
        return said


def _filled(said: str, values: dict[str, Any], words: str) -> str:
    try:
        return said % values
    except (KeyError, ValueError):  # a translation with a wrong placeholder: the sentence as the template has it
        return words % values


@register.tag("blocktranslate")
def blocktranslate(parser: Parser, token: Token) -> Node:
    """Django's own; the sentence is looked up once."""
    node = i18n.do_block_translate(parser, token)
    return node if node.message_context else Sentence(node)


@register.tag("url")
def url(parser: Parser, token: Token) -> Node:
    """Django's own; an address without values becomes plain text of the template.

    Not under a prefix that a request brought: what one visitor's request says must not stand in everybody's links.
    """
    node = defaulttags.url(parser, token)
    name = node.view_name
    if node.args or node.kwargs or node.asvar or name.filters or name.is_var or get_script_prefix() != "/":
        return node
    try:
        return TextNode(conditional_escape(node.render(Context())))
    except NoReverseMatch:  # an instance without that page: an error only if the template gets there
        return node


@register.tag("static")
def static(parser: Parser, token: Token) -> Node:
    """Django's own, looked up once: a file's address does not change while a process lives."""
    node = StaticNode.handle_token(parser, token)
    if node.varname or node.path.filters or node.path.is_var:
        return node
    return TextNode(conditional_escape(StaticNode.handle_simple(node.path.var)))
