"""Keeps what a flow of several pages gathered, sealed, in the session; for half an hour, in this browser only."""

from __future__ import annotations

import json
import time

from django.http import HttpRequest

from dgs.kernel.protection import decrypt, encrypt

SECONDS = 1800
LOGIN = "login"


def remember(request: HttpRequest, flow: str, state: dict) -> None:
    """Keep a flow's state: JSON values only. Sealed, because it may hold a NIK and sessions lie in the database."""
    request.session[f"flow-{flow}"] = encrypt(json.dumps({"at": time.time(), "state": state}))


def recall(request: HttpRequest, flow: str) -> dict:
    """A flow's state; empty when there is none or it is too old."""
    sealed = request.session.get(f"flow-{flow}")
    if not sealed:
        return {}
    try:
        kept = json.loads(decrypt(sealed))
    except ValueError:
        return {}
    return kept["state"] if time.time() - kept["at"] < SECONDS else {}


def forget(request: HttpRequest, flow: str) -> None:
    """Drop a flow's state."""
    request.session.pop(f"flow-{flow}", None)


def remember_login(request: HttpRequest, typed: str) -> None:
    """Keep the address somebody will sign in with, for the form; in a URL it would stay in logs and histories."""
    remember(request, LOGIN, {"to": typed})


def typed_login(request: HttpRequest) -> str:
    """The address that was kept for the sign-in form; empty when there is none."""
    return recall(request, LOGIN).get("to", "")
