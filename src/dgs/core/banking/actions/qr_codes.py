"""Codes to scan: issuing one for a bill, and taking what the acquirer says of it (52); billing keeps the money.

Acquirers tell late, twice and out of order: what counts is the sum of what was said about one originalReferenceNo.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from dgs.core.banking import qris, trace
from dgs.core.banking.actions.virtual_accounts import source
from dgs.core.banking.arrivals import Call, recognise
from dgs.core.banking.models import Partner, QrCode
from dgs.core.banking.reading import Fields, read_object
from dgs.core.banking.response_codes import CONFLICT, INCONSISTENT, QR_NOTIFY, SUCCESSFUL, Refusal, reply
from dgs.core.billing import api as billing
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.statements import Statement

GOOD_FOR = timedelta(minutes=30)
STILL_GOOD_FOR = timedelta(minutes=10)
SUCCESS, REFUNDED, CANCELLED = "00", "04", "05"
GONE_BACK = {REFUNDED, CANCELLED}
LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))")
SAID = Statement("""
SELECT service, direction = 'in' AND external_id = %(external_id)s AND day = %(day)s, request_id, fingerprint, outcome, answer
FROM banking_message
WHERE partner_id = %(partner)s AND day = %(day)s AND external_id = %(external_id)s AND is_accepted AND direction = 'in'
UNION
SELECT service, direction = 'in' AND external_id = %(external_id)s AND day = %(day)s, request_id, fingerprint, outcome, answer
FROM banking_message
WHERE partner_id = %(partner)s AND request_id = %(reference)s AND service IN ('51', '52') AND is_accepted
""")


@dataclass(frozen=True)
class News:
    """What an acquirer says of one payment: its originalReferenceNo, ours ("" when not said), the status, the rupiah."""

    reference: str
    ours: str
    status: str
    amount: Decimal | None
    happened_at: datetime

    @property
    def fingerprint(self) -> str:
        """What two reports of the same thing share."""
        return hashlib.sha256(f"{self.reference}|{self.status}|{self.amount}".encode()).hexdigest()


def read_news(fields: Fields, *, now: datetime) -> News:
    """The news in a notification or in the answer to a question. Refuses (Refusal) what lacks its reference or amount."""
    status = fields.text("latestTransactionStatus", most=2, pattern="0[0-7]")
    return News(
        reference=fields.text("originalReferenceNo", most=64),
        ours=fields.text("originalPartnerReferenceNo", most=64, required=False),
        status=status,
        amount=fields.amount("amount", required=status == SUCCESS),
        happened_at=fields.moment("paidTime", now) or now,
    )


def take_notification(call: Call) -> dict[str, Any]:
    """A notification of the acquirer: 2005200 once it is taken in, also when it is repeated. Refuses (Refusal) what is amiss.

    Money that fits no bill is taken in as well, for it has been paid: it stands on the treasurer's work list.
    """
    partner = recognise(call)
    news = read_news(read_object(call.body), now=call.now)
    return _noticed(call, partner, news)


@retry_on_deadlock
def _noticed(call: Call, partner: Partner, news: News) -> dict[str, Any]:
    with transaction.atomic():
        said = _said(call, partner, news)
        same_id = next((row for row in said if row[1]), None)
        if same_id is not None:
            if same_id[0] != QR_NOTIFY or same_id[3] != news.fingerprint:
                raise Refusal(CONFLICT)
            trace.write(call, json.loads(same_id[5]), request_id=news.reference, outcome=news.status, note="said again")
            return json.loads(same_id[5])
        take_news(partner=partner, news=news, said=_about(said, news), now=call.now)
        answer = reply(QR_NOTIFY, SUCCESSFUL)
        is_written = trace.write(
            call, answer, request_id=news.reference, fingerprint=news.fingerprint, outcome=news.status, is_accepted=True
        )
        if not is_written:  # the same X-EXTERNAL-ID about another payment, at the same moment
            raise Refusal(CONFLICT)
    return answer


def _said(call: Call, partner: Partner, news: News) -> list[tuple]:
    """What was said before of this payment, and under this X-EXTERNAL-ID today, while nobody else says more of it."""
    LOCK.all({"key": source("qris", partner.code, news.reference)})
    return SAID.all(
        {"partner": partner.pk, "day": call.day, "external_id": call.external_id, "reference": news.reference}
    )


def _about(said: list[tuple], news: News) -> list[tuple[str, str]]:
    return [(row[4], row[3]) for row in said if row[2] == news.reference and row[0] in {"51", "52"}]


def hear(*, call: Call, partner: Partner, news: News) -> None:
    """Take the answer to a question exactly as a notification: inside the caller's transaction, before it is written down."""
    take_news(partner=partner, news=news, said=_about(_said(call, partner, news), news), now=call.now)


def take_news(*, partner: Partner, news: News, said: list[tuple[str, str]], now: datetime) -> None:
    """Act on news about a payment, inside the caller's transaction, which holds the lock on it.

    `said` is what was accepted of it before: (status, fingerprint). Paid (00) is received once; refunded or cancelled
    (04, 05) is withdrawn, also when that came first. Refuses (Refusal) the same payment with another amount: of money that
    went back in part nothing is withdrawn, the bank's own line shows it.
    """
    code = QrCode.objects.filter(partner=partner, reference=news.ours).select_related("bill").first() if news.ours else None
    key = source("qris", partner.code, news.reference)
    if news.status == SUCCESS and news.amount is not None:
        if any(status == SUCCESS and other != news.fingerprint for status, other in said):
            raise Refusal(INCONSISTENT)
        billing.receive(
            channel="qris", source=key, bill_id=code.bill_id if code else None, amount=news.amount, reference=news.reference,
            happened_at=news.happened_at, account=partner.account, strict=False, now=now,
            text=f"{partner.name} QRIS {news.ours or news.reference}",
        )
    if news.status in GONE_BACK and news.amount is not None:
        paid = replace(news, status=SUCCESS).fingerprint
        if any(status == SUCCESS and other != paid for status, other in said):
            raise Refusal(INCONSISTENT)
    has_gone_back = news.status in GONE_BACK or (news.status == SUCCESS and any(_is_return(news, *one) for one in said))
    withdrawn = billing.withdraw(source=key, reason="QRIS: dana dikembalikan", now=now) if has_gone_back else None
    # One attempt that was cancelled before it was paid does not end the code: it can be scanned again.
    if code and (news.status in {SUCCESS, REFUNDED} or withdrawn is not None) and code.ended_at is None:
        QrCode.objects.filter(pk=code.pk, ended_at=None).update(ended_at=now)


def _is_return(news: News, status: str, fingerprint: str) -> bool:
    """Whether what was said before, with this status, took back all the money that the news bring, or named no amount."""
    wholes = (replace(news, status=status, amount=amount).fingerprint for amount in (news.amount, None))
    return status in GONE_BACK and fingerprint in wholes


def usable_code(*, partner: Partner, bill, amount: Decimal, now: datetime, until: datetime | None = None) -> QrCode:
    """A code for exactly this amount of a bill with at least ten minutes to go: the one that is there, else a new one.

    `amount` in whole rupiah. It is good for half an hour, so that penalties of another day are never paid by an old one. For a
    print it is good `until` then; who asks knows that the amount stays the same that long.
    """
    good = {"expires_at__gte": until} if until else {"expires_at__gt": now + STILL_GOOD_FOR}
    there = (
        QrCode.objects.filter(bill=bill, partner=partner, amount=amount, issued_at__lte=now, ended_at=None, **good)
        .order_by("-issued_at")
        .first()
    )
    if there is not None:
        return there
    reference = f"{bill.payment_code}{secrets.randbelow(10**10):010d}"
    content = qris.build(
        domain=partner.qris_domain, merchant_pan=partner.merchant_pan, merchant_id=partner.merchant_id,
        criteria=partner.merchant_criteria, nmid=partner.nmid, category=partner.merchant_category, name=partner.merchant_name,
        city=partner.merchant_city, postal_code=partner.postal_code, amount=amount, bill_number=bill.number[:25],
        reference=reference,
    )
    return QrCode.objects.create(
        bill=bill, partner=partner, reference=reference, amount=amount, content=content, issued_at=now,
        expires_at=until or now + GOOD_FOR,
    )
