"""Signing keys: made, published before they sign, changed and retired; and signing and checking tokens with them (RS256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.db import connection, transaction
from django.db.models import Q

from dgs.core.audit import api as audit
from dgs.core.signon.errors import KeyTooNew
from dgs.core.signon.models import SigningKey
from dgs.kernel.protection import decrypt, encrypt

SIGNS_FOR = timedelta(days=90)
# Applications read the keys anew once a day at the latest: jwks may be kept for an hour.
PUBLISHED_BEFORE = timedelta(days=1)
ID_TOKEN_LASTS = timedelta(minutes=10)
# A retired key stays published this long: no token that it signed lives longer.
SHOWN_AFTER = ID_TOKEN_LASTS + timedelta(hours=1)
ONE_AT_A_TIME = 0x5160_0001


def published_keys(*, now: datetime) -> list[dict]:
    """The public keys as a JWK set lists them: the one that signs, the next one, and those of which tokens may live.

    The first two are made when there are none.
    """
    _signing_key(now)
    keys = SigningKey.objects.filter(Q(retired_at=None) | Q(retired_at__gt=now - SHOWN_AFTER)).order_by("-published_at", "-pk")
    return [key.public for key in keys]


def rotate(*, by, now: datetime, is_urgent: bool = False) -> SigningKey:
    """Let the next key sign, retire the one before, and publish a further one.

    Refuses (KeyTooNew) while applications may not know the next one yet, unless `is_urgent`: when the key is no longer secret.
    """
    with transaction.atomic():
        _lock()
        _make_missing(now)
        before, after = SigningKey.objects.get(_signs()), SigningKey.objects.get(_is_next())
        if not is_urgent and after.published_at > now - PUBLISHED_BEFORE:
            raise KeyTooNew(when=(after.published_at + PUBLISHED_BEFORE).isoformat(timespec="minutes"))
        before.retired_at, before.sealed = now, ""
        before.save(update_fields=["retired_at", "sealed"])
        after.signs_from = now
        after.save(update_fields=["signs_from"])
        _make_missing(now)
        audit.record(
            action="signon.rotate_signing", by=by, subject=f"signon.signing_key:{after.pk}", now=now,
            facts={"retired": before.kid, "signs": after.kid, "urgent": is_urgent},
        )
    return after


def rotate_when_due(*, now: datetime) -> SigningKey | None:
    """As `rotate`, when the key has signed for `SIGNS_FOR`; else None."""
    key = _signing_key(now)
    return rotate(by=None, now=now) if key.signs_from <= now - SIGNS_FOR else None


def signed(body: dict, *, now: datetime) -> str:
    """The body as a JWT of the key that signs now."""
    key = _signing_key(now)
    head = {"alg": "RS256", "typ": "JWT", "kid": key.kid}
    text = f"{_plain(json.dumps(head).encode())}.{_plain(json.dumps(body).encode())}"
    private = load_pem_private_key(decrypt(key.sealed).encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return f"{text}.{_plain(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def read_own(token: str) -> dict | None:
    """What an ID token of ours says, however old it is; None when no key of ours signed it. Retired keys count too."""
    try:
        head, body, signature = token.split(".")
        said = json.loads(_bytes(head))
        if said["alg"] != "RS256":
            return None
        key = SigningKey.objects.filter(kid=str(said["kid"])[:43]).first()
        if key is None:
            return None
        numbers = rsa.RSAPublicNumbers(_number(key.public["e"]), _number(key.public["n"]))
        numbers.public_key().verify(_bytes(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        found = json.loads(_bytes(body))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, InvalidSignature):
        return None
    return found if isinstance(found, dict) else None


def _signs() -> Q:
    return Q(retired_at=None, signs_from__isnull=False)


def _is_next() -> Q:
    return Q(retired_at=None, signs_from=None)


def _signing_key(now: datetime) -> SigningKey:
    key = SigningKey.objects.filter(_signs()).first()
    if key is None:
        with transaction.atomic():
            _lock()
            _make_missing(now)
            key = SigningKey.objects.get(_signs())
    return key


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def _make_missing(now: datetime) -> None:
    if not SigningKey.objects.filter(_signs()).exists():
        _made(now, signs_from=now)
    if not SigningKey.objects.filter(_is_next()).exists():
        _made(now, signs_from=None)


def _made(now: datetime, *, signs_from: datetime | None) -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = private.public_key().public_numbers()
    public = {"e": _plain(_wide(numbers.e)), "kty": "RSA", "n": _plain(_wide(numbers.n))}
    # The thumbprint of RFC 7638: the three members, sorted, without blanks.
    kid = _plain(hashlib.sha256(json.dumps(public, separators=(",", ":"), sort_keys=True).encode()).digest())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return SigningKey.objects.create(
        kid=kid, sealed=encrypt(pem), public={**public, "kid": kid, "use": "sig", "alg": "RS256"}, published_at=now,
        signs_from=signs_from,
    )


def _wide(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")
