"""Reads and checks what an application asks for at the authorization endpoint (OpenID Connect Core 3.1.2.1); it changes nothing.

Who asks and where the answer goes is known first: until then nobody is sent anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import QueryDict

from dgs.core.signon.actions.sign_ons import Asked
from dgs.core.signon.errors import Refused, RequestUnreadable
from dgs.core.signon.models import Application
from dgs.core.signon.scopes import OPENID, in_order

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
PROMPTS = {"none", "login", "consent"}
LONGEST = 255


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How the person is to be asked: `prompts` as the standard names them, `max_age` in seconds since signing in, or None."""

    prompts: frozenset[str]
    max_age: int | None

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown."""
        return "none" in self.prompts


def application_asking(query: QueryDict) -> tuple[Application, str]:
    """The application and the registered address for the answer; refuses (RequestUnreadable) when either is not clear."""
    for name in ("client_id", "redirect_uri"):
        if len(query.getlist(name)) != 1:
            raise RequestUnreadable(f"{name} must stand there once")
    found = application_by_client_id(query["client_id"])
    if found is None:
        raise RequestUnreadable("unknown client_id")
    if query["redirect_uri"] not in found.redirect_uris:
        raise RequestUnreadable("redirect_uri is not registered")
    return found, query["redirect_uri"]


def application_by_client_id(client_id: str) -> Application | None:
    """The application that is switched on and goes by this name."""
    if "\x00" in client_id:
        return None
    return Application.objects.select_related("office").filter(client_id=client_id, is_active=True).first()


def asked(query: QueryDict, *, application: Application, redirect_uri: str) -> tuple[Asked, Manner]:
    """What is asked for and how; refuses (Refused) with the code of the standard."""
    if any(len(query.getlist(name)) > 1 for name in query):
        raise Refused("invalid_request", "a parameter stands there twice")
    if "request" in query:
        raise Refused("request_not_supported")
    if "request_uri" in query:
        raise Refused("request_uri_not_supported")
    if query.get("response_type") != "code":
        raise Refused("unsupported_response_type", "only code")
    if query.get("response_mode", "query") != "query":
        raise Refused("invalid_request", "only response_mode query")
    if query.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(query.get("code_challenge", "")):
        raise Refused("invalid_request", "PKCE with S256 is required")
    wanted = query.get("scope", "").split()
    if OPENID not in wanted or not set(wanted) <= set(application.scopes):
        raise Refused("invalid_scope", "openid, and what the application is registered for")
    if len(query.get("nonce", "")) > LONGEST:
        raise Refused("invalid_request", "the nonce is too long")
    return (
        Asked(redirect_uri=redirect_uri, scopes=tuple(in_order(wanted)), challenge=query["code_challenge"],
              nonce=query.get("nonce", "")),
        _manner(query),
    )


def _manner(query: QueryDict) -> Manner:
    prompts = frozenset(query.get("prompt", "").split())
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise Refused("invalid_request", "prompt: none, or login and consent")
    age = query.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) < 10):
        raise Refused("invalid_request", "max_age is a number of seconds")
    return Manner(prompts=prompts, max_age=None if age is None else int(age))
