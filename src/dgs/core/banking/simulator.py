"""Plays a bank in tests, the demo and the walkthrough: makes signed calls as bytes and headers, rightly or broken on purpose.

It needs no database: whoever has a call sends it, by a test client or over HTTP.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from dgs.core.banking import signatures
from dgs.core.banking.response_codes import INQUIRY, PAYMENT, QR_NOTIFY, SERVICES, STATUS, TOKEN

STALE = timedelta(hours=1)


@dataclass(frozen=True)
class Sent:
    """One call, ready to be sent."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    def by(self, client: Any) -> Any:
        """What Django's test client is answered to it."""
        return client.generic(
            self.method, self.path, self.body, content_type="application/json", headers=dict(self.headers)
        )

    def without(self, header: str) -> Sent:
        """The same call, as one that forgot a header."""
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})

    def having(self, **headers: str) -> Sent:
        """The same call with other headers, named with underscores; its signature stays."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **changed})


@dataclass(frozen=True, kw_only=True)
class Bank:
    """A bank or acquirer with its keys. `prefix` stands before `/v1.0` where it calls; `signs_prefix`: in what it signs too."""

    partner_id: str
    client_key: str
    private_key: str
    secret: str
    service_id: str = ""
    encoding: str = "base64"
    prefix: str = "/snap"
    signs_prefix: bool = True
    has_tokens: bool = True

    def token(self, now: datetime, *, is_stale: bool = False, body: bytes = b'{"grantType":"client_credentials"}') -> Sent:
        """The call for a token."""
        stamp = _stamp(now - STALE if is_stale else now)
        signature = signatures.rsa_signature(self.private_key, signatures.token_text(self.client_key, stamp))
        headers = {"X-TIMESTAMP": stamp, "X-CLIENT-KEY": self.client_key, "X-SIGNATURE": signature}
        return Sent(f"{self.prefix}/v1.0/{SERVICES[TOKEN]}", headers, body)

    def inquiry(self, token: str, code: str, now: datetime, *, request_id: str = "", **options: Any) -> Sent:
        """What is owed under the virtual account with this payment code?"""
        body = {"inquiryRequestId": request_id or _number(), "channelCode": "6010", "trxDateInit": _stamp(now)}
        return self.call(INQUIRY, token, self._account(code) | body, now, **options)

    def payment(
        self, token: str, code: str, amount: Any, now: datetime, *, request_id: str = "",
        changes: Mapping[str, Any] | None = None, **options: Any,
    ) -> Sent:
        """The virtual account with this payment code was paid. `changes` overrides members of the body."""
        body = self._account(code) | {
            "virtualAccountName": "SITI CONTOHWATI", "paymentRequestId": request_id or _number(),
            "paidAmount": _rupiah(amount), "totalAmount": _rupiah(amount), "trxDateTime": _stamp(now),
            "referenceNo": _number()[:11], "channelCode": "6011", "flagAdvise": "N",
        }
        return self.call(PAYMENT, token, body | dict(changes or {}), now, **options)

    def status(self, token: str, code: str, request_id: str, now: datetime, **options: Any) -> Sent:
        """What became of a payment?"""
        return self.call(
            STATUS, token, self._account(code) | {"inquiryRequestId": request_id, "paymentRequestId": request_id}, now, **options
        )

    def notify(
        self, token: str, ours: str, amount: Any, now: datetime, *, reference: str = "", status: str = "00",
        changes: Mapping[str, Any] | None = None, **options: Any,
    ) -> Sent:
        """The code with our reference `ours` was paid (00), refunded (04) and so on."""
        body = {
            "originalReferenceNo": reference or _number(), "originalPartnerReferenceNo": ours, "latestTransactionStatus": status,
            "transactionStatusDesc": "", "amount": _rupiah(amount),
        }
        return self.call(QR_NOTIFY, token, body | dict(changes or {}), now, **options)

    def call(
        self, service: str, token: str, body: Mapping[str, Any] | bytes, now: datetime, *, external_id: str = "",
        is_stale: bool = False, has_wrong_signature: bool = False, secret: str = "",
    ) -> Sent:
        """A signed call of a service; `body` as bytes goes as it is."""
        raw = body if isinstance(body, bytes) else json.dumps(body, indent=1).encode()
        path = f"{self.prefix}/v1.0/{SERVICES[service]}"
        stamp = _stamp(now - STALE if is_stale else now)
        text = signatures.transaction_text(
            method="POST", endpoint=path if self.signs_prefix else path.removeprefix(self.prefix), body=raw, timestamp=stamp,
            token=token if self.has_tokens else None,
        )
        if has_wrong_signature:
            text += b" "
        headers = {
            "X-TIMESTAMP": stamp, "X-PARTNER-ID": self.partner_id, "X-EXTERNAL-ID": external_id or _number(),
            "CHANNEL-ID": "95231",
        }
        if self.has_tokens:
            headers["Authorization"] = f"Bearer {token}"
            headers["X-SIGNATURE"] = signatures.hmac_signature(secret or self.secret, text, encoding=self.encoding)
        else:
            headers["X-SIGNATURE"] = signatures.rsa_signature(self.private_key, text)
        return Sent(path, headers, raw)

    def _account(self, code: str) -> dict[str, Any]:
        padded = self.service_id.rjust(8)
        return {"partnerServiceId": padded, "customerNo": code, "virtualAccountNo": f"{padded}{code}"}


def _rupiah(amount: Any) -> Any:
    return amount if isinstance(amount, dict) else {"value": f"{amount}.00", "currency": "IDR"}


def _number() -> str:
    return f"{secrets.randbelow(10**18):018d}"


def _stamp(now: datetime) -> str:
    return timezone.localtime(now).isoformat(timespec="seconds")
