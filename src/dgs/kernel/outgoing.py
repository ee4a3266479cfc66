"""What all calls to other systems share: they go to the address that was entered or nowhere; whom to call is for the rooms."""

from __future__ import annotations

from urllib.request import HTTPRedirectHandler


class StayHere(HTTPRedirectHandler):
    """For urllib's openers: a redirect is not followed but answered as it is, for it may lead into the inner network."""

    def redirect_request(self, *args, **kwargs):
        """None: the answer with the redirect is the answer."""
        return
