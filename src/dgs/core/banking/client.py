"""Our calls to a partner: token, query of a QRIS payment, status of a virtual account; only to the address entered for it.

Every call is written down (trace.py). What an answer means for a bill is decided by the actions.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import secrets
from datetime import datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from django.utils import timezone

from dgs.core.banking import signatures, trace
from dgs.core.banking.arrivals import Call
from dgs.core.banking.models import Message, Partner, PartnerKey
from dgs.core.banking.reading import LONGEST_BODY, Fields, read_object
from dgs.core.banking.response_codes import QR_QUERY, SERVICES, TOKEN, Refusal
from dgs.kernel.keeping import Kept
from dgs.kernel.outgoing import StayHere
from dgs.kernel.protection import decrypt

SECONDS = 10
# Banks give tokens for a quarter of an hour. Kept for less, and by the keys they were asked for with.
TOKENS = Kept(most=50, seconds=240)


class Unreachable(Exception):
    """The partner could not be asked or gave no answer that can be read; the sentence says why, without secrets."""


def check_address(address: str) -> None:
    """Refuses (ValueError) an address that is not https with a host; plain http only on this very machine."""
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("not a plain address")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
        raise ValueError("not an encrypted connection")


def ask_qr(*, partner: Partner, reference: str, now: datetime) -> tuple[Call, Fields, int]:
    """What the acquirer knows of the code with our `reference` (service 51): the call as it went, the answer, its HTTP status.

    The caller writes it down, for it does so in one transaction with what follows. Refuses (Unreachable) when nobody answers.
    """
    body = {"originalPartnerReferenceNo": reference, "serviceCode": "47", "merchantId": partner.nmid}
    return _ask(partner, QR_QUERY, body, now)


def _ask(partner: Partner, service: str, body: dict[str, Any], now: datetime) -> tuple[Call, Fields, int]:
    call = _call(partner, service, body, now)
    call.external_id = f"{timezone.localtime(now):%Y%m%d%H%M%S}{secrets.randbelow(10**12):012d}"
    stamp = _stamp(now)
    token = _token(partner, now)
    call.secrets.append(token)
    text = signatures.transaction_text(method="POST", endpoint=call.path, body=call.body, timestamp=stamp, token=token)
    secret, _print = _key(partner, PartnerKey.Kind.GIVEN, now)
    signature = signatures.hmac_signature(secret, text, encoding=partner.signature_encoding)
    headers = {
        "Authorization": f"Bearer {token}", "X-TIMESTAMP": stamp, "X-SIGNATURE": signature,
        "X-PARTNER-ID": partner.our_partner_id, "X-EXTERNAL-ID": call.external_id,
        "CHANNEL-ID": partner.our_channel_id or "95221",
    }
    call.secrets.append(signature)
    fields, status = _sent(partner, call, headers)
    if status == 401:
        TOKENS.forget()
    return call, fields, status


def _token(partner: Partner, now: datetime) -> str:
    private, print_ = _key(partner, PartnerKey.Kind.PRIVATE, now)
    return TOKENS.get((partner.pk, partner.base_url, partner.our_client_key, print_), lambda: _fetched(partner, private, now))


def _fetched(partner: Partner, private: str, now: datetime) -> str:
    call = _call(partner, TOKEN, {"grantType": "client_credentials", "additionalInfo": {}}, now)
    stamp = _stamp(now)
    signature = signatures.rsa_signature(private, signatures.token_text(partner.our_client_key, stamp))
    call.secrets.append(signature)
    headers = {"X-TIMESTAMP": stamp, "X-CLIENT-KEY": partner.our_client_key, "X-SIGNATURE": signature}
    fields, status = _sent(partner, call, headers)
    trace.write(call, fields.values, direction=Message.Direction.OUT, http_status=status)
    try:
        return fields.text("accessToken", most=2048, pattern="[!-~]+")
    except Refusal:
        raise Unreachable("the partner gave no token") from None


def _call(partner: Partner, service: str, body: dict[str, Any], now: datetime) -> Call:
    path = f"{urlsplit(partner.base_url).path.rstrip('/')}/v1.0/{SERVICES[service]}"
    return Call(
        service=service, method="POST", path=path, headers={}, address="", now=now, partner=partner,
        body=json.dumps(body, separators=(",", ":")).encode(),
    )


def _sent(partner: Partner, call: Call, headers: dict[str, str]) -> tuple[Fields, int]:
    """Send it and read the answer, also that of a refusal; what goes wrong on the way is written down here."""
    try:
        check_address(partner.base_url)
        parts = urlsplit(partner.base_url)
        request = Request(  # noqa: S310 - checked above
            f"{parts.scheme}://{parts.netloc}{call.path}", data=call.body,
            headers={**headers, "Content-Type": "application/json", "User-Agent": "DGS"},
        )
        # No redirect and no proxy of the environment: it goes to the address that was entered or nowhere.
        try:
            with build_opener(StayHere, ProxyHandler({})).open(request, timeout=SECONDS) as answer:
                status, data = answer.status, answer.read(LONGEST_BODY + 1)
        except HTTPError as error:
            with error:
                status, data = error.code, error.read(LONGEST_BODY + 1)
        call.address = parts.hostname or ""
        if len(data) > LONGEST_BODY:
            raise Unreachable("the answer is too long")
        return read_object(data), status
    except Refusal:
        raise _noted(call, "the answer is no JSON object", status) from None
    except Unreachable as error:
        raise _noted(call, str(error), status) from None
    except URLError as error:
        raise _noted(call, type(error.reason).__name__, 0) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _noted(call, type(error).__name__, 0) from None


def _noted(call: Call, why: str, status: int) -> Unreachable:
    trace.write(call, {}, direction=Message.Direction.OUT, http_status=status or 504, note=why)
    return Unreachable(why)


def _key(partner: Partner, kind: str, now: datetime) -> tuple[str, str]:
    """The newest key of a kind that is valid now, and by what it is told apart."""
    keys = PartnerKey.objects.filter(partner=partner, kind=kind, valid_from__lte=now)
    found = keys.exclude(valid_until__lte=now).order_by("-valid_from", "-pk").first()
    if found is None:
        raise Unreachable(f"no key of the kind {kind}")
    return decrypt(found.value), found.print


def _stamp(now: datetime) -> str:
    return timezone.localtime(now).isoformat(timespec="seconds")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
