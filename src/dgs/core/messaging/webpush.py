"""Notices of the browser: sealed so that only the browser reads them (RFC 8291), signed with our key (VAPID, RFC 8292).

Nothing is sent here (senders/push.py does); written with `cryptography`, which is there already, because the two standards are a
page of code and a further library would be one more that must be kept.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import os
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from dgs.core.messaging.models import PushKey

CURVE = ec.SECP256R1()
RECORD = 4096
# Push services take 4096 bytes; of these head, padding and tag take 103.
LONGEST = 3993
TOKEN_LIVES = timedelta(hours=12)
LONGEST_ENDPOINT = 1000
PORTS = {None, 443}
# Networks that lead to another address that is written into theirs.
LEADING_ELSEWHERE = [ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]


class NoSubscription(ValueError):
    """What a browser is said to have given us is none."""


def the_key(*, now: datetime) -> PushKey:
    """The installation's key, made when it is first asked for; of two that make one at once the first stays."""
    found = PushKey.objects.filter(name="vapid").first()
    if found is None:
        made = ec.generate_private_key(CURVE)
        row = PushKey(public=b64(_point(made.public_key())), made_at=now)
        row.private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        PushKey.objects.bulk_create([row], ignore_conflicts=True)
        found = PushKey.objects.get(name="vapid")
    return found


def authorization(endpoint: str, *, key: PushKey, contact: str, now: datetime) -> str:
    """The header by which a push service knows us: a token for it alone, signed with ES256."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + TOKEN_LIVES).timestamp()), "sub": contact}
    head = {"typ": "JWT", "alg": "ES256"}
    signed = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    private = load_pem_private_key(key.private.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it
    r, s = decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"vapid t={signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}, k={key.public}"


def seal(
    plain: bytes, *, key: str, auth: str, salt: bytes | None = None, private: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """The body for one browser in the encoding aes128gcm; `salt` and `private` are drawn anew unless a test names them."""
    if len(plain) > LONGEST:
        raise ValueError("too long for a notice")
    browser, shared = unb64(key), unb64(auth)
    salt, private = salt or os.urandom(16), private or ec.generate_private_key(CURVE)
    ours = _point(private.public_key())
    secret = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser))
    mixed = _derived(secret, shared, b"WebPush: info\x00" + browser + ours, 32)
    content_key = _derived(mixed, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(mixed, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + RECORD.to_bytes(4) + len(ours).to_bytes(1) + ours
    return head + AESGCM(content_key).encrypt(nonce, plain + b"\x02", None)


def checked(endpoint: object, key: object, auth: object) -> tuple[str, str, str]:
    """What a browser gave us, as it is kept; NoSubscription when nothing could be sent with it, or would go where it must not."""
    if not (isinstance(endpoint, str) and isinstance(key, str) and isinstance(auth, str)):
        raise NoSubscription("not texts")
    if not (len(endpoint) <= LONGEST_ENDPOINT and endpoint.isascii() and endpoint.isprintable() and " " not in endpoint):
        raise NoSubscription("not an address")
    try:
        parts = urlsplit(endpoint)
        is_good = parts.scheme == "https" and bool(parts.hostname) and parts.port in PORTS and "@" not in parts.netloc
    except ValueError:
        is_good = False
    if not is_good or not _may_be_outside(parts.hostname or ""):
        raise NoSubscription("not an address of a push service")
    try:
        point, shared = unb64(key), unb64(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    except (ValueError, binascii.Error) as error:
        raise NoSubscription("not a key") from error
    if len(point) != 65 or len(shared) != 16:
        raise NoSubscription("not a key")
    return endpoint, b64(point), b64(shared)


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public internet, and not one that leads back into a private network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_outside(str(ip.ipv4_mapped))
        if any(ip in network for network in LEADING_ELSEWHERE):
            return False
    return ip.is_global and not ip.is_multicast


def _may_be_outside(host: str) -> bool:
    """Whether a host is worth asking for: an outside address, or a name with a dot, which is looked up when something is sent."""
    try:
        return is_outside(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return "." in host.strip(".") and not last.isdigit() and last.lower() not in {"local", "internal", "localhost", "lan"}


def b64(data: bytes) -> str:
    """base64url without its filling."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """And back; ValueError for what is none."""
    if not text.isascii() or len(text) > 200:
        raise ValueError("not base64url")
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
