"""A call as it came in and who sent it: headers, token, network, clock and signature; what it asks for is not read here.

Source: ASPI, SNAP technical standard, "keamanan"; the order of checks follows BCA's table for billers.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from dgs.core.banking import signatures
from dgs.core.banking.models import Partner
from dgs.core.banking.reading import read_moment
from dgs.core.banking.response_codes import INVALID_FORMAT, INVALID_MANDATORY, INVALID_TOKEN, UNAUTHORIZED, Refusal
from dgs.core.banking.tokens import token_hash
from dgs.kernel.protection import decrypt
from dgs.kernel.statements import Columns, Statement

PREFIX = "/snap"
PARTNER = Columns(Partner, alias="p")
ACCOUNT = Columns(Partner._meta.get_field("account").related_model, alias="a")
KEYS = """
ARRAY(SELECT k.value FROM banking_partnerkey k WHERE k.partner_id = p.id AND k.kind = {kind}
      AND k.valid_from <= %(now)s AND (k.valid_until IS NULL OR k.valid_until > %(now)s) ORDER BY k.valid_from DESC LIMIT 4)
"""
FOUND = f"SELECT {PARTNER}, {ACCOUNT}, {KEYS} FROM banking_partner p JOIN billing_bankaccount a ON a.id = p.account_id"  # noqa: S608
BY_PUBLIC = FOUND.format(kind="'public'")
BY_SCHEME = FOUND.format(kind="CASE p.signs WHEN 'asymmetric' THEN 'public' ELSE 'secret' END")
# Keys and partner are asked for with every call: a key that was ended or a bank that was switched off is so at once.
BY_TOKEN = Statement(f"""
{BY_SCHEME} JOIN banking_accesstoken t ON t.partner_id = p.id
WHERE t.hash = %(hash)s AND t.expires_at > %(now)s AND p.is_active
""", opens=True)  # noqa: S608 - our own words
BY_PARTNER_ID = Statement(
    f"{BY_SCHEME} WHERE p.partner_id = %(partner_id)s AND p.signs = 'asymmetric' AND p.is_active", opens=True
)
BY_CLIENT_KEY = Statement(f"{BY_PUBLIC} WHERE p.client_key = %(client_key)s AND p.is_active", opens=True)


@dataclass
class Call:
    """One call that came in. `path` has its query string; `partner` is who it claims to be, `is_proven` whether that is so."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    address: str
    now: datetime
    body: bytes = b""
    partner: Partner | None = None
    is_proven: bool = False
    external_id: str = ""
    secrets: list[str] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """What must never be written down is known from the start, also of a call that is refused at once."""
        sent = (self.headers.get("X-SIGNATURE", ""), self.headers.get("Authorization", "").partition(" ")[2].strip())
        self.secrets = [*self.secrets, *filter(None, sent)]

    @property
    def day(self):
        """The local day on which it came."""
        return timezone.localdate(self.now)

    def header(self, name: str, *, most: int, pattern: str = "[ -~]+") -> str:
        """A header that must be there. Refuses its absence (Invalid Mandatory Field) or shape (Invalid Field Format)."""
        found = self.headers.get(name, "").strip()
        if not found:
            raise Refusal(INVALID_MANDATORY, name)
        if len(found) > most or not re.fullmatch(pattern, found):
            raise Refusal(INVALID_FORMAT, name)
        return found

    def proven(self) -> Partner:
        """Who sent it, once proven."""
        if self.partner is None or not self.is_proven:
            raise RuntimeError("this call is not proven")
        return self.partner


def recognise(call: Call) -> Partner:
    """Who sent a transaction, proven by token and signature; sets `external_id`.

    Refuses, in this order: headers that are missing or malformed, a bad token (Invalid Token), a foreign X-PARTNER-ID, a
    network that is not allowed, a clock that is off, a wrong signature (all Unauthorized with the reason).
    """
    stamp = call.header("X-TIMESTAMP", most=35)
    moment = read_moment(stamp, "X-TIMESTAMP")
    signature = call.header("X-SIGNATURE", most=1024)
    partner_id = call.header("X-PARTNER-ID", most=36)
    call.external_id = call.header("X-EXTERNAL-ID", most=36, pattern="[0-9]+")
    call.header("CHANNEL-ID", most=5, pattern="[0-9A-Za-z]+")
    token = _token(call)
    if token:
        row = BY_TOKEN.one({"hash": token_hash(token), "now": call.now})
    else:
        row = BY_PARTNER_ID.one({"partner_id": partner_id, "now": call.now})
    if row is None:
        raise Refusal(INVALID_TOKEN)
    partner, keys = _found(call, row)
    if partner.partner_id != partner_id:
        raise Refusal(UNAUTHORIZED, "[Unknown client]")
    _check_place_and_time(call, partner, moment)
    is_symmetric = partner.signs == Partner.Signs.SYMMETRIC
    digest = signatures.body_digest(call.body)
    texts = [
        signatures.transaction_text(
            method=call.method, endpoint=endpoint, digest=digest, timestamp=stamp, token=token if is_symmetric else None
        )
        for endpoint in _endpoints(call.path)
    ]
    if is_symmetric:
        is_right = signatures.is_hmac(signature, secrets=keys, texts=texts, encoding=partner.signature_encoding)
    else:
        is_right = signatures.is_rsa(signature, public_pems=keys, texts=texts)
    if not is_right:
        raise Refusal(UNAUTHORIZED, "[Signature]")
    call.is_proven = True
    return partner


def recognise_client(call: Call) -> Partner:
    """Who asks for a token, proven by X-CLIENT-KEY and an RSA signature. Refuses as `recognise` does."""
    stamp = call.header("X-TIMESTAMP", most=35)
    moment = read_moment(stamp, "X-TIMESTAMP")
    client_key = call.header("X-CLIENT-KEY", most=64)
    signature = call.header("X-SIGNATURE", most=1024)
    row = BY_CLIENT_KEY.one({"client_key": client_key, "now": call.now})
    if row is None:
        raise Refusal(UNAUTHORIZED, "[Unknown client]")
    partner, keys = _found(call, row)
    _check_place_and_time(call, partner, moment)
    if not signatures.is_rsa(signature, public_pems=keys, texts=[signatures.token_text(client_key, stamp)]):
        raise Refusal(UNAUTHORIZED, "[Signature]")
    call.is_proven = True
    return partner


def _token(call: Call) -> str:
    """The bearer token, "" when there is no such header: then only a bank that signs without a token can be meant."""
    given = call.headers.get("Authorization", "").strip()
    if not given:
        return ""
    kind, _blank, token = given.partition(" ")
    if kind.lower() != "bearer" or not 0 < len(token.strip()) <= 2048:
        raise Refusal(INVALID_TOKEN)
    return token.strip()


def _found(call: Call, row: tuple) -> tuple[Partner, list[str]]:
    partner = PARTNER.instance(row[: len(PARTNER)])
    partner.account = ACCOUNT.instance(row[len(PARTNER) : -1])
    call.partner = partner
    return partner, [decrypt(sealed) for sealed in row[-1]]


def _check_place_and_time(call: Call, partner: Partner, moment: datetime) -> None:
    if not is_allowed(call.address, partner.allowed_networks):
        raise Refusal(UNAUTHORIZED, "[Connection not allowed]")
    if abs(moment - call.now) > timedelta(seconds=partner.clock_skew_seconds):
        raise Refusal(UNAUTHORIZED, "[X-TIMESTAMP]")


def is_allowed(address: str, networks: list[str]) -> bool:
    """Whether an address lies in one of the networks; an empty list allows any."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network, strict=False) for network in networks)


def _endpoints(path: str) -> list[str]:
    """The path as it came, and as the standard names it; banks sign the one or the other."""
    return [path, path.removeprefix(PREFIX)] if path.startswith(f"{PREFIX}/") else [path]
