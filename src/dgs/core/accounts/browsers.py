"""What is known of a browser that is signed in: its name in words, its shortened address, whether it was here before."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from dgs.core.accounts.models import KnownBrowser, User
from dgs.core.accounts.throttle import TooManyAttempts, throttle
from dgs.core.messaging import api as messaging
from dgs.kernel.protection import keyed_hash

COOKIE, DAYS = "dgs_browser", 400
TOLD_A_DAY = 10  # a message costs; who signs in again and again without a cookie is told no more often
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("UCBrowser", "UC Browser"),
            ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))


def named(agent: str) -> str:
    """A browser and its system in words, from what it says of itself; it may lie."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser that does not say its name")


def shortened(address: str) -> str:
    """A network address without its end: enough to recognise one's own provider, too little to find a house."""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + ":…"
    return ".".join(address.split(".")[:2]) + ".…" if "." in address else address


@transaction.atomic
def meet_browser(*, user: User, mark: str, agent: str, address: str, now: datetime) -> str:
    """Note the browser with this mark (of its cookie) as the account's; answer the mark it has from now on.

    One that was never here is told to the owner, unless it is the account's first.
    """
    mark = mark if 20 <= len(mark) <= 64 else secrets.token_urlsafe(24)
    User.objects.select_for_update().get(pk=user.pk)
    is_first = not KnownBrowser.objects.filter(user=user).exists()
    known, is_new = KnownBrowser.objects.get_or_create(
        user=user, mark_hash=keyed_hash(mark, "known-browser"), defaults={"met_at": now, "seen_at": now}
    )
    if not is_new:
        known.seen_at = now
        known.save(update_fields=["seen_at"])
    elif not is_first and _may_tell(user, now):
        tell_owner(user, key=f"browser:{known.pk}", now=now, subject=lambda: _("A new sign-in to your account"),
                   body=lambda: _("Somebody signed in to your account with %(browser)s on %(at)s. If it was not you, change your "
                                  "password and sign out that device on your profile.")
                   % {"browser": named(agent), "at": date_format(localtime(now), "j F Y H:i")})
    return mark


def _may_tell(user: User, now: datetime) -> bool:
    try:
        throttle(kind="new-browser", key=str(user.pk), limit=TOLD_A_DAY, seconds=86400, now=now)
    except TooManyAttempts:
        return False
    return True


def tell_owner(user: User, *, key: str, subject, body, now: datetime) -> None:
    """Tell an account something about its safety: in the account, and by e-mail or else by SMS."""
    with translation.override(user.language):
        ways = [("app", str(user.pk)), ("email", user.email) if user.email else ("sms", user.phone)]
        for channel, to in ways:
            if to:
                messaging.say(
                    key=f"{key}:{channel}", channel=channel, to=to, language=user.language, subject=subject(), body=body(),
                    about=f"accounts.user:{user.pk}", party_id=user.party_id, now=now,
                    kind="code",  # what concerns safety cannot be switched off, and does not wait for the morning
                )


def agent_of(request: HttpRequest) -> str:
    """What the browser says of itself, without what does not belong in a text."""
    return "".join(c for c in request.META.get("HTTP_USER_AGENT", "") if c.isprintable())[:200]
