"""Setting up banks and acquirers and changing their keys; a key is shown once when it is made here, and never again."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.db import transaction

from dgs.core.audit import api as audit
from dgs.core.banking import signatures
from dgs.core.banking.errors import KeyEnded, KeyUnusable
from dgs.core.banking.models import Partner, PartnerKey
from dgs.kernel.errors import NotFound
from dgs.kernel.protection import encrypt, keyed_hash

Kind = PartnerKey.Kind
# Of an old key of the same kind this much time is left when a new one comes, so that the bank can change over.
OVERLAP = timedelta(days=7)
SHORTEST_SECRET = 16


def save_partner(*, partner: Partner, by, now: datetime) -> Partner:
    """Enter a partner or change one, checked by its form before. What was changed is audited by name of the field.

    One that is switched off loses its tokens.
    """
    with transaction.atomic():
        before = Partner.objects.select_for_update().filter(pk=partner.pk).first() if partner.pk else None
        fields = [field for field in Partner._meta.concrete_fields if field.name != "id"]
        changed = [f.name for f in fields if before is None or getattr(before, f.attname) != getattr(partner, f.attname)]
        partner.save()
        if not partner.is_active:
            partner.tokens.all().delete()
        audit.record(
            action="banking.save_partner", by=by, subject=f"banking.partner:{partner.pk}", now=now,
            facts={"partner": partner.code, "changed": changed if before else ["new"], "networks": partner.allowed_networks},
        )
    return partner


def new_key(*, partner: Partner, kind: str, by, now: datetime, value: str = "", is_urgent: bool = False) -> str:
    """Enter a key that was pasted, or make one when `value` is empty; what the bank must be given is returned.

    That is the client secret, or for our private key its public key, when it was made here; "" for a pasted one. Older keys of
    the kind end in seven days, or at once when `is_urgent`. Refuses (KeyUnusable) what is no such key.
    """
    value = value.strip().replace("\r\n", "\n")
    told = ""
    if not value:
        value, told = _made(kind)
    _check(kind, value)
    with transaction.atomic():
        held = Partner.objects.select_for_update().get(pk=partner.pk)
        until = now if is_urgent else now + OVERLAP
        older = held.keys.filter(kind=kind).exclude(valid_until__lte=until)
        ended = [key.print for key in older]
        older.update(valid_until=until)
        key = PartnerKey.objects.create(
            partner=held, kind=kind, value=encrypt(value), print=key_print(value), valid_from=now, made_by=by
        )
        if is_urgent and kind == Kind.PUBLIC:
            held.tokens.all().delete()
        audit.record(
            action="banking.new_key", by=by, subject=f"banking.partner:{held.pk}", now=now,
            facts={"partner": held.code, "kind": str(kind), "key": key.print, "ended": ended, "urgent": is_urgent},
        )
    return told


def end_key(*, key_id: int, by, now: datetime) -> PartnerKey:
    """End a key at once; a bank whose public key ends loses its tokens too. Refuses (KeyEnded) one that has ended."""
    with transaction.atomic():
        key = PartnerKey.objects.select_for_update(of=("self",)).select_related("partner").filter(pk=key_id).first()
        if key is None:
            raise NotFound
        if key.valid_until is not None and key.valid_until <= now:
            raise KeyEnded
        key.valid_until = max(now, key.valid_from)
        key.save(update_fields=["valid_until"])
        if key.kind == Kind.PUBLIC:
            key.partner.tokens.all().delete()
        audit.record(
            action="banking.end_key", by=by, subject=f"banking.partner:{key.partner_id}", now=now,
            facts={"partner": key.partner.code, "kind": key.kind, "key": key.print},
        )
    return key


def key_print(value: str) -> str:
    """By what keys are told apart: 12 hex digits that say nothing about the key without the region's own hash key."""
    return keyed_hash(value, "banking.key")[:12]


def _made(kind: str) -> tuple[str, str]:
    if kind == Kind.SECRET:
        secret = secrets.token_urlsafe(48)
        return secret, secret
    if kind == Kind.PRIVATE:
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), _public_of(key)
    raise KeyUnusable({"value": []})


def _check(kind: str, value: str) -> None:
    try:
        if kind == Kind.PUBLIC:
            signatures.check_public(value)
        elif kind == Kind.PRIVATE:
            signatures.check_private(value)
        elif not SHORTEST_SECRET <= len(value) <= 512 or not value.isascii() or not value.isprintable():
            raise ValueError("too short, too long or not plain text")
    except ValueError:
        raise KeyUnusable({"value": []}) from None


def _public_of(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
