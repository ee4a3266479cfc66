"""Refusals of the signon room: those of rules for people, and those of the protocol for programs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import RuleBroken


class ApplicationOff(RuleBroken):
    """It is switched off."""

    code = "application-off"
    sentence = _("This application is switched off.")


class NoSecret(RuleBroken):
    """An application in the browser has no secret."""

    code = "no-secret"
    sentence = _("An application that runs in the browser has no secret.")


class KeyTooNew(RuleBroken):
    """The next key has not been published long enough for the applications to know it."""

    code = "signing-key-too-new"
    sentence = _("The next key is not yet known to all applications. It may sign from %(when)s.")


class RequestUnreadable(RuleBroken):
    """A request to sign on names no application or an address that is not registered: nobody is sent there."""

    code = "sign-on-unreadable"
    status = 400
    sentence = _("The application that sent you here asked in a way that cannot be answered. Please tell its office.")

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__()


class Refused(Exception):
    """The protocol's refusal (RFC 6749, OpenID Connect Core): a code of the standard and a few words for the programmer."""

    def __init__(self, code: str, words: str = "", *, status: int = 400) -> None:
        self.code, self.words, self.status = code, words, status
        super().__init__(code)
