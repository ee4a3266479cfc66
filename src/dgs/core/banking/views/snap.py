"""The addresses that banks call by SNAP BI: JSON in and out, no session, every call written down; actions make the answers."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import Error as DatabaseGone
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from dgs.core.accounts import api as accounts
from dgs.core.banking import trace
from dgs.core.banking.actions import give_token, inquire, pay, take_notification, tell_status
from dgs.core.banking.arrivals import Call
from dgs.core.banking.reading import LONGEST_BODY
from dgs.core.banking.response_codes import (
    BAD_REQUEST,
    GENERAL_ERROR,
    INQUIRY,
    METHOD_NOT_SUPPORTED,
    PAYMENT,
    QR_NOTIFY,
    STATUS,
    TOKEN,
    TOO_MANY,
    Refusal,
    reply,
)
from dgs.kernel.guards import public

logger = logging.getLogger(__name__)
# Calls a minute that one address may make without proving who it is; what is proven is never counted.
UNPROVEN = 120


@csrf_exempt
@public
def token(request: HttpRequest) -> JsonResponse:
    """Service 73: a token for a bank."""
    return _answered(request, TOKEN, give_token)


@csrf_exempt
@public
def inquiry(request: HttpRequest) -> JsonResponse:
    """Service 24: what is owed under a virtual account."""
    return _answered(request, INQUIRY, inquire)


@csrf_exempt
@public
def payment(request: HttpRequest) -> JsonResponse:
    """Service 25: a virtual account was paid."""
    return _answered(request, PAYMENT, pay)


@csrf_exempt
@public
def status(request: HttpRequest) -> JsonResponse:
    """Service 26: what became of a payment."""
    return _answered(request, STATUS, tell_status)


@csrf_exempt
@public
def qr_notify(request: HttpRequest) -> JsonResponse:
    """Service 52: what became of a QRIS payment."""
    return _answered(request, QR_NOTIFY, take_notification)


def _answered(request: HttpRequest, service: str, act: Callable[[Call], dict[str, Any]]) -> JsonResponse:
    """The answer of an act, or of its refusal, which is written down here; nothing that comes in ends in a page of errors."""
    call = Call(
        service=service, method=request.method or "", path=request.get_full_path(), headers=request.headers,
        address=accounts.exact_address(request), now=timezone.now(),
    )
    try:
        answer = _answer(request, call, act)
    except Exception as error:
        # Only the kind of the error and its place: its text may hold what was sent.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("a call of service %s was not answered: %s\n%s", service, type(error).__name__, where)
        answer = reply(service, GENERAL_ERROR)
        # Perhaps it is the database that fails; the bank asks again in any case.
        with suppress(DatabaseGone):
            trace.write(call, answer, note=type(error).__name__)
    response = JsonResponse(answer, status=int(answer["responseCode"][:3]))
    response.headers["X-TIMESTAMP"] = timezone.localtime(call.now).isoformat(timespec="seconds")
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 405:
        response.headers["Allow"] = "POST"
    return response


def _answer(request: HttpRequest, call: Call, act: Callable[[Call], dict[str, Any]]) -> dict[str, Any]:
    """What the act answers, or its refusal; also to write a refusal down may fail."""
    try:
        if request.method != "POST":
            raise Refusal(METHOD_NOT_SUPPORTED)
        call.body = _body(request)
        return act(call)
    except Refusal as refusal:
        return _refused(call, refusal, accounts.client_address(request))


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or int(length) > LONGEST_BODY:
        raise Refusal(BAD_REQUEST)
    try:
        return request.body
    except UnreadablePostError:
        raise Refusal(BAD_REQUEST) from None


def _refused(call: Call, refusal: Refusal, counted_by: str) -> dict[str, Any]:
    """Who cannot prove who they are fills neither the table nor the disk: beyond a count nothing is written down."""
    if not call.is_proven:
        try:
            accounts.throttle(kind="snap", key=counted_by, limit=UNPROVEN, seconds=60, now=call.now)
        except accounts.TooManyAttempts:
            return reply(call.service, TOO_MANY)
    answer = reply(call.service, refusal.case, refusal.about)
    trace.write(call, answer, note=answer["responseMessage"])
    return answer
