"""A page of the desk put around parts that are rendered already, for pages opened all day; all others extend desk.html."""

from __future__ import annotations

import secrets
from collections.abc import Hashable
from html import escape

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from dgs.kernel.keeping import HERE, TOKEN, Kept

# Where the parts go in a kept shell; made anew at every start, so that nobody can write one into an answer.
PLACES = {name: f"{name}-{secrets.token_hex(16)}" for name in ("title", "crumbs", "main", "acts")}
SHELLS = Kept(most=300, seconds=30)


def on_desk(
    request: HttpRequest, *, looks: Hashable, title: str, crumbs: SafeString, main: SafeString, acts: SafeString
) -> str:
    """The whole page from its parts; what is not a SafeString is escaped.

    `looks` is all that what stands around the parts depends on: who looks, what they may see, language, light or dark.
    The shell is kept for half a minute unless there is a message to show; TOKEN in a part becomes the visitor's token.
    """
    if len(messages.get_messages(request)):
        text = _shell(request)
    else:
        match = request.resolver_match.view_name if request.resolver_match else ""
        text = SHELLS.get((settings.REGION, looks, match, request.GET.get("q", "")), lambda: _shell(request))
    # The parts come last: what people wrote into them must not be taken for a place.
    text = text.replace(HERE, escape(request.get_full_path()))
    for name, part in {"title": title, "crumbs": crumbs, "main": main, "acts": acts}.items():
        text = text.replace(PLACES[name], part if isinstance(part, SafeString) else escape(part))
    return text.replace(TOKEN, get_token(request))


def _shell(request: HttpRequest) -> str:
    places = {name: mark_safe(place) for name, place in PLACES.items()}  # noqa: S308 - our own words
    return render_to_string("ui/desk_shell.html", {**places, "csrf_token": TOKEN, "here": HERE}, request)
