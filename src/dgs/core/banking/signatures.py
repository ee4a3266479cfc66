"""The signatures of SNAP BI over what is sent: RSA for tokens, HMAC for transactions; no keys are kept and no clock is read.

Source: ASPI, SNAP technical standard, section "keamanan"; a signature is checked over the bytes as they came.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

STRING_OR_BLANK = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+', re.DOTALL)
SMALLEST_KEY = 2048


def minify(body: bytes) -> bytes:
    """The JSON without blanks between its parts; the order of keys and what stands in strings stay as they came.

    Works on bytes and never parses: what is signed is what was sent. An empty body stays empty.
    """
    return STRING_OR_BLANK.sub(lambda found: found[1] or b"", body)


def token_text(client_id: str, timestamp: str) -> bytes:
    """What is signed when a token is asked for: `client_id|X-TIMESTAMP`."""
    return f"{client_id}|{timestamp}".encode()


def body_digest(body: bytes) -> str:
    """SHA-256 of the minified body in lower-case hex, as it stands in what is signed."""
    return hashlib.sha256(minify(body)).hexdigest()


def transaction_text(
    *, method: str, endpoint: str, timestamp: str, token: str | None, body: bytes = b"", digest: str = ""
) -> bytes:
    """What is signed with a transaction; without a token (None) it is the asymmetric variant, which leaves its place out.

    The body, or its `digest` where that is known.
    `endpoint` is the path with its query string, `timestamp` the header X-TIMESTAMP as it stands there.
    """
    digest = digest or body_digest(body)
    middle = [digest] if token is None else [token, digest]
    return ":".join([method.upper(), endpoint, *middle, timestamp]).encode()


def hmac_signature(secret: str, text: bytes, *, encoding: str = "base64") -> str:
    """HMAC-SHA-512 of the text, as "base64" (what banks use) or lower-case "hex" (what ASPI's examples show)."""
    digest = hmac.new(secret.encode(), text, hashlib.sha512).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def is_hmac(signature: str, *, secrets: Iterable[str], texts: Iterable[bytes], encoding: str) -> bool:
    """Whether the signature is right for one of the secrets and one of the texts; each pair takes the same time."""
    given = (signature.lower() if encoding == "hex" else signature).encode("utf-8", "replace")
    texts = list(texts)
    right = False
    for secret in secrets:
        for text in texts:
            right |= hmac.compare_digest(hmac_signature(secret, text, encoding=encoding).encode(), given)
    return right


def rsa_signature(private_pem: str, text: bytes) -> str:
    """SHA256withRSA (PKCS #1 v1.5) of the text in base64. Refuses (ValueError) what is not an RSA private key."""
    return base64.b64encode(_private(private_pem).sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_rsa(signature: str, *, public_pems: Iterable[str], texts: Iterable[bytes]) -> bool:
    """Whether the signature (base64) is right for one of the public keys and one of the texts."""
    try:
        given = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    texts = list(texts)
    return any(_fits(_public(pem), given, text) for pem in public_pems for text in texts)


def check_public(pem: str) -> None:
    """Refuses (ValueError) what is not an RSA public key of at least 2048 bits in PEM."""
    if _public(pem).key_size < SMALLEST_KEY:
        raise ValueError("the key is too small")


def check_private(pem: str) -> None:
    """Refuses (ValueError) what is not an RSA private key of at least 2048 bits in PEM, without a passphrase."""
    if _private(pem).key_size < SMALLEST_KEY:
        raise ValueError("the key is too small")


def _fits(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _public(pem: str) -> RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def _private(pem: str) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except TypeError as error:
        raise ValueError("the key has a passphrase") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
