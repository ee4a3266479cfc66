"""Puts `request.access`, the answer to "may this person", on every request; it asks the database only when used."""

from __future__ import annotations

from dgs.core.access.scope import Access


class AccessMiddleware:
    """Sets `request.access` for the signed-in person or nobody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.access = Access(request.user)
        return self.get_response(request)
