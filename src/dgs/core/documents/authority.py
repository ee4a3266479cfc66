"""The built-in certificate authority for demonstrations: its root and the keys it gives; no document is signed here.

It stands in for a certified one (BSrE): its certificates have no legal force. The root lives in DATA_DIR/pki with
its private key sealed under settings.DGS_FIELD_KEYS.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from dgs.core.documents.models import SigningKey
from dgs.kernel import protection

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


@dataclass(frozen=True)
class Root:
    """The root certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def root() -> Root:
    """The root of this instance, made at the first call; safe when several processes start at once."""
    folder = Path(settings.DATA_DIR) / "pki"
    there = folder / "root.crt"
    return _root(str(folder), there.stat().st_mtime_ns if there.exists() else 0)


@lru_cache(maxsize=4)
def _root(folder_name: str, _changed: int) -> Root:
    folder = Path(folder_name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "root.crt").exists():
            made = _make_root()
            key = made.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            _write(folder / "root.key.sealed", protection.encrypt(key.decode()))
            _write(folder / "root.crt", made.pem)
        certificate = x509.load_pem_x509_certificate((folder / "root.crt").read_bytes())
        sealed = (folder / "root.key.sealed").read_text()
    key = serialization.load_pem_private_key(protection.decrypt(sealed).encode(), password=None)
    return Root(certificate, key)


def root_key_is_stale() -> bool:
    """Whether the root's private key is sealed under an older key; no root is made for the question."""
    file = Path(settings.DATA_DIR) / "pki" / "root.key.sealed"
    return file.exists() and file.read_text().startswith(protection.older_marks() or ("\0",))


def reseal_root() -> int:
    """Put the root's private key under the newest key; 1 when it was not. A crash leaves the old file or the new one, whole."""
    if not root_key_is_stale():
        return 0
    folder = Path(settings.DATA_DIR) / "pki"
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = folder / "root.key.sealed"
        _write(file, protection.encrypt(protection.decrypt(file.read_text())))
    return 1


def ensure_signing_key(user, *, now: datetime | None = None) -> SigningKey:
    """The signatory's key that is valid now, given by the present root; made when there is none (P-256, two years)."""
    now = now or timezone.now()
    clock = timezone.now()
    issuer = root()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"signing-key:{user.pk}"])
        alive = user.signing_keys.filter(revoked_at=None, valid_to__gt=clock + timedelta(days=1))
        for key in alive.order_by("-pk"):
            if key.certificate.endswith(issuer.pem):
                return key
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = _certify(issuer, private, user, begin=min(now, clock) - timedelta(days=1), clock=clock)
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return SigningKey.objects.create(
            user=user,
            serial=f"{certificate.serial_number:x}",
            certificate=certificate.public_bytes(serialization.Encoding.PEM).decode() + issuer.pem,
            private_key_sealed=protection.encrypt(pem.decode()),
            valid_from=certificate.not_valid_before_utc,
            valid_to=certificate.not_valid_after_utc,
        )


def _make_root() -> Root:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"DGS {settings.REGION}"[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"DGS {settings.REGION} - akar peragaan"[:64]),
        ]
    )
    now = timezone.now()
    public = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3 * 365)).not_valid_after(now + timedelta(days=15 * 365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(public, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Root(certificate, key)


def _certify(issuer: Root, private, user, *, begin: datetime, clock: datetime) -> x509.Certificate:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"DGS {settings.REGION}"[:64]),
        x509.NameAttribute(NameOID.COMMON_NAME, user.name[:64]),
    ]
    if user.nip:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, user.nip))
    parent = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(parts)).issuer_name(issuer.certificate.subject).public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(begin, issuer.certificate.not_valid_before_utc))
        .not_valid_after(clock + timedelta(days=730))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(parent), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
