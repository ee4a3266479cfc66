"""Marks on views that say who may enter: `public`, `signed_in`, `needs(permission)`; a view without one fails a test.

The answer itself comes from `request.access`, which core/access puts on every request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from dgs.kernel.errors import NotAllowed

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Anybody may enter, signed in or not."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any person who has signed in may enter; others are sent to the sign-in page and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    guarded.guard = "signed_in"  # type: ignore[attr-defined]
    return guarded


def needs(*any_of: str) -> Callable[[View], View]:
    """Who holds at least one of these permissions anywhere may enter; which rows is `visible_to`'s question."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not any(request.access.allows(permission) for permission in any_of):  # type: ignore[attr-defined]
                raise NotAllowed(needs=any_of)
            return view(request, *args, **kwargs)

        guarded.guard = any_of  # type: ignore[attr-defined]
        return guarded

    return mark
