"""Asks acquirers about codes of which nothing was heard, so that money is not overlooked when a notification is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from dgs.core.banking import client, trace
from dgs.core.banking.actions.qr_codes import News, hear, read_news
from dgs.core.banking.arrivals import Call
from dgs.core.banking.models import Message, QrCode
from dgs.core.banking.reading import Fields
from dgs.core.banking.response_codes import Refusal
from dgs.kernel.deadlocks import retry_on_deadlock

FIRST_AFTER, AGAIN_AFTER, GIVEN_UP_AFTER = timedelta(minutes=2), timedelta(minutes=5), timedelta(days=1)
# A printed code is good for weeks: it must not be asked about three hundred times a day.
LONG, LONG_AGAIN_AFTER = timedelta(days=1), timedelta(hours=6)
AT_ONCE = 20


def ask_open_codes(*, now: datetime) -> int:
    """Ask about the codes of which nothing final is known, those first that waited longest; how many were asked about.

    From two minutes after a code was issued, every five minutes (a printed one every six hours), until a day after it has
    expired. A partner that cannot be reached is left alone until the next round.
    """
    asked = 0
    silent: set[int] = set()
    QrCode.objects.filter(ended_at=None, expires_at__lt=now - GIVEN_UP_AFTER).update(ended_at=now)
    for code in _waiting(now):
        if code.partner_id in silent:
            continue
        asked += 1
        try:
            _ask(code, now)
        except client.Unreachable:
            silent.add(code.partner_id)
    return asked


def _waiting(now: datetime) -> list[QrCode]:
    """The next codes to ask about, marked as asked so that no other worker asks at the same time."""
    open_ = QrCode.objects.filter(ended_at=None, issued_at__lte=now - FIRST_AFTER, partner__is_active=True)
    is_due = Q(asked_at=None) | Q(asked_at__lte=now - LONG_AGAIN_AFTER)
    is_due |= Q(asked_at__lte=now - AGAIN_AFTER, expires_at__lte=F("issued_at") + LONG)
    due = open_.exclude(partner__base_url="").filter(is_due)
    with transaction.atomic():
        ids = list(
            due.order_by("asked_at", "issued_at").select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
            [:AT_ONCE]
        )
        QrCode.objects.filter(pk__in=ids).update(asked_at=now)
    return list(QrCode.objects.filter(pk__in=ids).select_related("partner__account").order_by("asked_at", "pk"))


def _ask(code: QrCode, now: datetime) -> None:
    """One question; what it says is taken in and the answer written down, all or nothing."""
    call, fields, status = client.ask_qr(partner=code.partner, reference=code.reference, now=now)
    news = _news(fields, status, code, now)
    try:
        if news is not None:
            _heard(call, fields, status, code, news)
            return
        note = "" if status != 200 else "nothing that can be taken in"
    except Refusal as refusal:
        note = refusal.case.message
    trace.write(call, fields.values, direction=Message.Direction.OUT, http_status=status, note=note)


def _news(fields: Fields, status: int, code: QrCode, now: datetime) -> News | None:
    """The news in an answer, None when there is none in it or it speaks of another code."""
    if status != 200:
        return None
    try:
        news = read_news(fields, now=now)
    except Refusal:
        return None
    return replace(news, ours=code.reference) if news.ours in {"", code.reference} else None


@retry_on_deadlock
def _heard(call: Call, fields: Fields, status: int, code: QrCode, news: News) -> None:
    with transaction.atomic():
        hear(call=call, partner=code.partner, news=news)
        trace.write(
            call, fields.values, direction=Message.Direction.OUT, http_status=status, request_id=news.reference,
            fingerprint=news.fingerprint, outcome=news.status, is_accepted=True,
        )
