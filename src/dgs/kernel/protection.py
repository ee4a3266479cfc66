"""Encryption and keyed hashes for personal identifiers in the database; not for passwords, not for signatures.

Cipher text is AES-256-GCM under the newest key of settings.DGS_FIELD_KEYS; older keys still decrypt, so that keys
can be rotated. The look-up hash is HMAC-SHA-256 under settings.DGS_HASH_KEY and never rotates by itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"dgs-field:" + secret.encode()).digest()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:4]


def older_marks() -> tuple[str, ...]:
    """How texts sealed under the older keys begin: five characters each, which are 30 of the 32 bits of the key's id."""
    newest, *older = settings.DGS_FIELD_KEYS
    marks = {_mark(secret) for secret in older} - {_mark(newest)}
    return tuple(sorted(marks))


def _mark(secret: str) -> str:
    return base64.b64encode(_key_id(_key(secret))).decode()[:5]


def encrypt(plain: str) -> str:
    """Text to base64 of key id (4 bytes), nonce (12 bytes) and sealed text."""
    key = _key(settings.DGS_FIELD_KEYS[0])
    nonce = os.urandom(12)
    return base64.b64encode(_key_id(key) + nonce + AESGCM(key).encrypt(nonce, plain.encode(), None)).decode()


def decrypt(sealed: str) -> str:
    """The text back; ValueError when no known key opens it or it was altered."""
    raw = base64.b64decode(sealed)
    for secret in settings.DGS_FIELD_KEYS:
        key = _key(secret)
        if _key_id(key) == raw[:4]:
            try:
                return AESGCM(key).decrypt(raw[4:16], raw[16:], None).decode()
            except InvalidTag as error:
                raise ValueError("the sealed text was altered") from error
    raise ValueError("no known key opens this text")


def keyed_hash(value: str, purpose: str) -> str:
    """64 hex digits by which an identifier can be found without being readable; `purpose` keeps kinds apart."""
    return hmac.new(settings.DGS_HASH_KEY.encode(), f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
