"""Talks OpenID Connect to an outside identity provider, as its client; whom its answer signs in is in external.

What leaves goes through kernel/outgoing: no redirect is followed, no answer is waited for without end (OpenID Connect Core
1.0, 3.1.2 and 3.1.3.7; RFC 7636 for PKCE).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import http.client
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.outgoing import opener

SECONDS, LEEWAY, MOST = 5, 60, 300_000
SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")  # OpenID Connect Core 1.0, 2: at most 255 characters of ASCII


class ProviderFailed(RuleBroken):
    """The provider is down, slow, or answers what it must not; `why` is for the log, never for the page."""

    code = "identity-provider-failed"
    status = 502
    sentence = _("%(title)s does not answer as it should at the moment. Please sign in another way, or try again later.")

    def __init__(self, provider: Provider, why: str) -> None:
        self.why = why
        super().__init__(title=provider.title)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An outside identity provider, as DGS_IDENTITY_PROVIDERS names it."""

    slug: str
    title: str
    issuer: str
    client_id: str
    client_secret: str
    nik_claim: str = ""
    is_trusted_for_nik: bool = False
    scope: str = "openid profile"


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What this browser was sent away with; it must come back with the same."""

    state: str
    nonce: str
    verifier: str


def providers() -> list[Provider]:
    """All that are set up, in the order of the setting."""
    return [Provider(**one) for one in settings.DGS_IDENTITY_PROVIDERS]


def provider_of(slug: str) -> Provider:
    """The provider of that name; NotFound when there is none."""
    found = next((one for one in providers() if one.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def unreadable_providers() -> list[str]:
    """What is wrong with DGS_IDENTITY_PROVIDERS, in sentences that name no secret; none when all is well."""
    try:
        found = providers()
    except TypeError:
        return ["DGS_IDENTITY_PROVIDERS is not a list of providers with slug, title, issuer, client_id and client_secret"]
    wrong = [f"DGS_IDENTITY_PROVIDERS: the slug {one.slug!r} is not small letters, digits and -"
             for one in found if not re.fullmatch(r"[a-z0-9-]{1,40}", str(one.slug))]
    wrong += [f"DGS_IDENTITY_PROVIDERS: the issuer of {one.slug} does not begin with https://"
              for one in found if not str(one.issuer).startswith("https://")]
    if len({one.slug for one in found}) < len(found):
        wrong.append("DGS_IDENTITY_PROVIDERS names a slug twice")
    return wrong


def new_errand() -> Errand:
    """Fresh secrets for one way there and back."""
    return Errand(state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))


def way_there(provider: Provider, errand: Errand, *, back: str) -> str:
    """The provider's address that the browser goes to; refuses (ProviderFailed) when the provider cannot be read."""
    found = _discovered(provider)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(errand.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": back, "scope": provider.scope,
        "state": errand.state, "nonce": errand.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }
    there = found["authorization_endpoint"]
    return f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}"


def claims_of(provider: Provider, errand: Errand, *, code: str, back: str, now: datetime) -> dict[str, Any]:
    """What the provider says of the person, for the code it gave the browser; refuses (ProviderFailed) what is not proved."""
    found = _discovered(provider)
    basic = base64.b64encode(f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}".encode()).decode()
    given = _fetched(provider, Request(  # noqa: S310 - checked by _allowed
        _allowed(provider, found["token_endpoint"]), method="POST",
        data=urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": back,
                        "code_verifier": errand.verifier}).encode(),
        headers={"Authorization": f"Basic {basic}", "Accept": "application/json"},
    ))
    keys = _asked(provider, found["jwks_uri"]).get("keys")
    claims = checked_token(provider, given.get("id_token"), keys=keys, nonce=errand.nonce, now=now)
    if found.get("userinfo_endpoint") and isinstance(given.get("access_token"), str):
        more = _asked(provider, found["userinfo_endpoint"], {"Authorization": f"Bearer {given['access_token']}"})
        if more.get("sub") != claims["sub"]:
            raise ProviderFailed(provider, "userinfo is about somebody else")
        claims = {**more, **claims}
    return claims


def checked_token(provider: Provider, token: Any, *, keys: Any, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of an ID token that the provider signed, now, for us, in answer to this errand; anything else is refused."""
    try:
        head_part, body_part, signature_part = token.split(".")
        head, body, signature = json.loads(_plain(head_part)), json.loads(_plain(body_part)), _plain(signature_part)
        _check_signature(head, f"{head_part}.{body_part}".encode(), signature, keys)
        audience = body["aud"] if isinstance(body["aud"], list) else [body["aud"]]
        wrong = (
            "issuer" if body["iss"] != provider.issuer else
            "audience" if provider.client_id not in audience else
            "party" if (len(audience) > 1 or "azp" in body) and body.get("azp") != provider.client_id else
            "expiry" if float(body["exp"]) <= now.timestamp() - LEEWAY else
            "time" if float(body["iat"]) > now.timestamp() + LEEWAY else
            "nonce" if not secrets.compare_digest(str(body.get("nonce", "")).encode(), nonce.encode()) else
            "subject" if not isinstance(body["sub"], str) or not SUBJECT.fullmatch(body["sub"]) else ""
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError, InvalidSignature) as failure:
        raise ProviderFailed(provider, f"token: {type(failure).__name__}")
    if wrong:
        raise ProviderFailed(provider, f"token: wrong {wrong}")
    return body


def _check_signature(head: dict, signed: bytes, signature: bytes, keys: Any) -> None:
    """RS256 or ES256 by a key of the provider; a token never chooses another way, least of all none."""
    kind = {"RS256": "RSA", "ES256": "EC"}[head["alg"]]
    fitting = [one for one in keys if one.get("kty") == kind and one.get("use", "sig") == "sig"
               and ("kid" not in head or one.get("kid") == head["kid"])]
    if len(fitting) != 1:
        raise ValueError("no one key fits")
    key = fitting[0]
    if kind == "RSA":
        public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        if public.key_size < 2048:
            raise ValueError("the key is too short")
        public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        return
    if key.get("crv") != "P-256" or len(signature) != 64:
        raise ValueError("not a key on P-256")
    both = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key().verify(
        both, signed, ec.ECDSA(hashes.SHA256())
    )


def _plain(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _number(part: str) -> int:
    return int.from_bytes(_plain(part), "big")


def _discovered(provider: Provider) -> dict[str, Any]:
    found = _asked(provider, provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise ProviderFailed(provider, "discovery names another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _allowed(provider, found.get(name))
    return found


def _allowed(provider: Provider, address: Any) -> str:
    """By TLS only; plain on this machine itself, and only where the issuer was set up so."""
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    own = urlsplit(provider.issuer)
    is_here = parts.hostname in ("127.0.0.1", "localhost")
    is_plain = is_here and parts.scheme == own.scheme == "http" and parts.netloc == own.netloc
    if not (parts.scheme == "https" and parts.hostname) and not is_plain:
        raise ProviderFailed(provider, "an address is not by TLS")
    return address


def _asked(provider: Provider, address: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
    request = Request(_allowed(provider, address), headers={"Accept": "application/json", **(headers or {})})  # noqa: S310
    return _fetched(provider, request)


def _fetched(provider: Provider, request: Request) -> dict[str, Any]:
    try:
        with opener().open(request, timeout=SECONDS) as answer:
            found = json.loads(answer.read(MOST))
            status = answer.status
    except (URLError, OSError, ValueError, RecursionError, http.client.HTTPException, binascii.Error) as failure:
        raise ProviderFailed(provider, f"{type(failure).__name__}")
    if status != 200 or not isinstance(found, dict):
        raise ProviderFailed(provider, f"status {status}")
    return found
