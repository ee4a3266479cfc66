"""Marks for views about how their answer may be kept; the keeping itself stands in config/pagecache.py."""

from __future__ import annotations

from functools import wraps

MARK = "X-DGS-Anonymous-Page"


def anonymous_page(view):
    """For visitors without a session this page is the same for all (of one language and theme): it may be kept a minute.

    The page must hold no form token and nothing about the visitor. Signed-in people get it fresh.
    """

    @wraps(view)
    def marked(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200 and not request.user.is_authenticated:
            response.headers[MARK] = "1"
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    return marked
