"""Answers calls about virtual accounts: what is owed (24), that it was paid (25), what became of it (26); money is billing's.

What a bank asks twice is answered twice in the same way. Source: ASPI "virtual account"; BCA's decision table for billers.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from dgs.core.banking import trace
from dgs.core.banking.arrivals import Call, recognise
from dgs.core.banking.reading import Fields, read_object
from dgs.core.banking.response_codes import (
    BILL_EXPIRED,
    BILL_NOT_FOUND,
    CONFLICT,
    INCONSISTENT,
    INQUIRY,
    INVALID_AMOUNT,
    INVALID_FORMAT,
    INVALID_MANDATORY,
    PAID_BILL,
    PAYMENT,
    STATUS,
    SUCCESSFUL,
    TRANSACTION_NOT_FOUND,
    Case,
    Refusal,
    reason,
    reply,
)
from dgs.core.billing import api as billing
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.kernel.statements import Statement

CODE_LENGTH = 12
ATTEMPTS = 5
# What was said before: with this X-EXTERNAL-ID today, and about this payment at any time.
BEFORE = Statement("""
SELECT is_decision, service, true, request_id, fingerprint, answer
FROM banking_message
WHERE partner_id = %(partner)s AND day = %(day)s AND external_id = %(external_id)s AND is_accepted AND direction = 'in'
UNION ALL
SELECT is_decision, service, false, request_id, fingerprint, answer
FROM banking_message WHERE partner_id = %(partner)s AND request_id = %(request_id)s AND is_decision
  AND NOT (day = %(day)s AND external_id = %(external_id)s AND is_accepted AND direction = 'in')
""")
DECIDED = Statement("""
SELECT answer FROM banking_message WHERE partner_id = %(partner)s AND request_id = %(request_id)s AND is_decision
""")


class _Overtaken(Exception):
    """Another call of the same kind was faster; everything of this one is undone and it is looked at anew."""


@dataclass(frozen=True)
class Asked:
    """What every call about a virtual account names; amounts in rupiah."""

    service_id: str
    customer_no: str
    number: str
    request_id: str

    def echo(self) -> dict[str, str]:
        """The same, for the answer."""
        return {
            "partnerServiceId": self.service_id, "customerNo": self.customer_no, "virtualAccountNo": self.number,
        }


@dataclass(frozen=True)
class Paid(Asked):
    """A payment that a bank reports."""

    amount: Decimal
    happened_at: datetime
    said_at: str
    reference: str
    is_advice: bool

    @property
    def fingerprint(self) -> str:
        """What two reports of one payment must share: the account and the amount."""
        return hashlib.sha256(f"{self.service_id.strip()}|{self.customer_no}|{self.amount}".encode()).hexdigest()


def inquire(call: Call) -> dict[str, Any]:
    """What is owed under a virtual account now: 2002400, or why nothing can be paid. Refuses (Refusal) a call not in order.

    An X-EXTERNAL-ID that was used today is answered 4092400.
    """
    partner = recognise(call)
    fields = read_object(call.body)
    asked = Asked(*_account(fields), fields.text("inquiryRequestId", most=128))
    for name in ("trxDateInit", "txnDateInit"):
        fields.moment(name, call.now)
    owed = _owed(call, asked, timezone.localdate(call.now))
    case = _case(owed)
    data = {
        "inquiryStatus": "00" if case is SUCCESSFUL else "01", "inquiryReason": reason(case), **asked.echo(),
        "inquiryRequestId": asked.request_id,
    }
    if owed is not None and case is SUCCESSFUL:
        data |= {
            "virtualAccountName": _name(owed), "totalAmount": _rupiah(owed.asked.amount), "subCompany": "00000",
            "billDetails": [_bill(owed)], "freeTexts": [],
            "virtualAccountTrxType": partner.virtual_account_kind, "feeAmount": None,
        }
    answer = reply(INQUIRY, case) | {"virtualAccountData": data}
    if not trace.write(call, answer, request_id=asked.request_id, outcome=data["inquiryStatus"], is_accepted=True):
        raise Refusal(CONFLICT)
    return answer


def pay(call: Call) -> dict[str, Any]:
    """A bank reports that it has taken money: taken in exactly once, whatever is repeated, in whatever order and at once.

    The first answer about a paymentRequestId holds for ever. The same X-EXTERNAL-ID again is answered 4042518 with it, another
    one (a retry, an advice) as at first; other content under the same paymentRequestId is 4042518 without it, and another
    payment under an X-EXTERNAL-ID of today 4092500. Refuses (Refusal) a call that is not in order.
    """
    recognise(call)
    fields = read_object(call.body)
    said_at = fields.text("trxDateTime", most=35, required=False)
    paid = Paid(
        *_account(fields), fields.text("paymentRequestId", most=128), amount=_amount(fields),
        happened_at=fields.moment("trxDateTime", call.now) or call.now, said_at=said_at,
        reference=fields.text("referenceNo", most=64, required=False),
        is_advice=fields.text("flagAdvise", most=1, required=False, pattern="[YN]") == "Y",
    )
    # The accounts are closed: a bank that was asked for more than it took has taken a part.
    if fields.amount("totalAmount", required=False) not in {None, paid.amount}:
        raise Refusal(INVALID_AMOUNT)
    # Nearly all payments are told of for the first time, and that one is not is known when its answer is to be written down: then
    # everything is undone. What was said before is looked for only after that.
    for attempt in range(ATTEMPTS):
        try:
            return (attempt and _repeated(call, paid)) or _decided(call, paid)
        except _Overtaken:
            continue
    raise RuntimeError("a payment was overtaken again and again")


def tell_status(call: Call) -> dict[str, Any]:
    """What became of a payment (2002600 with its first result), or 4042601. Refuses (Refusal) a call that is not in order."""
    partner = recognise(call)
    fields = read_object(call.body)
    service_id, customer_no, number = _account(fields)
    inquiry_id = fields.text("inquiryRequestId", most=128, required=False)
    request_id = fields.text("paymentRequestId", most=128, required=False) or inquiry_id
    if not request_id:
        raise Refusal(INVALID_MANDATORY, "inquiryRequestId")
    row = DECIDED.one({"partner": partner.pk, "request_id": request_id})
    if row is None:
        answer = reply(STATUS, TRANSACTION_NOT_FOUND)
    else:
        first = json.loads(row[0])["virtualAccountData"]
        if first["customerNo"] != customer_no or first["partnerServiceId"].strip() != service_id.strip():
            raise Refusal(INCONSISTENT)
        answer = reply(STATUS, SUCCESSFUL) | {"virtualAccountData": first | {"inquiryRequestId": inquiry_id or request_id}}
    if not trace.write(call, answer, request_id=request_id, is_accepted=True):
        raise Refusal(CONFLICT)
    return answer


def _repeated(call: Call, paid: Paid) -> dict[str, Any] | None:
    """The answer to a call about which something was said before; None when it is the first."""
    rows = BEFORE.all(
        {
            "partner": call.proven().pk, "day": call.day, "external_id": call.external_id, "request_id": paid.request_id,
        }
    )
    same_id = next((row for row in rows if row[2]), None)
    if same_id is not None and (same_id[1] != PAYMENT or same_id[3] != paid.request_id):
        raise Refusal(CONFLICT)
    first = next((row for row in rows if row[0]), None)
    if first is None:
        return None
    is_same = first[4] == paid.fingerprint
    answer = json.loads(first[5]) if is_same else _answer(INCONSISTENT, paid, None)
    if same_id is not None or not is_same:
        answer |= reply(PAYMENT, INCONSISTENT)
    note = "the first result again" if is_same else "another content under the same paymentRequestId"
    is_written = trace.write(
        call, answer, request_id=paid.request_id, fingerprint=paid.fingerprint, note=note, is_accepted=same_id is None,
        outcome=answer["virtualAccountData"]["paymentFlagStatus"],
    )
    if not is_written:
        raise _Overtaken
    return answer


@retry_on_deadlock
def _decided(call: Call, paid: Paid) -> dict[str, Any]:
    """The first answer about a payment, and the money with it, in one transaction."""
    with transaction.atomic():
        case, owed = _received(call, paid)
        answer = _answer(case, paid, owed)
        is_first = trace.write(
            call, answer, request_id=paid.request_id, fingerprint=paid.fingerprint, is_accepted=True, is_decision=True,
            outcome=answer["virtualAccountData"]["paymentFlagStatus"], note="advice" if paid.is_advice else "",
        )
        if not is_first:
            raise _Overtaken
    return answer


def _received(call: Call, paid: Paid) -> tuple[Case, billing.Owed | None]:
    partner = call.proven()
    if not _is_ours(call, paid):
        return BILL_NOT_FOUND, None
    try:
        # Whether it can be paid is decided there, under its lock: the bank's own statement may have been faster.
        received = billing.receive(
            channel="va", source=source("va", partner.code, paid.request_id), bill_id=None, code=paid.customer_no,
            amount=paid.amount, reference=paid.reference or paid.request_id, happened_at=paid.happened_at,
            account=partner.account, text=f"{partner.name} VA {paid.number.strip()}", strict=True, now=call.now,
        )
    except NotFound:
        return BILL_NOT_FOUND, None
    except billing.BillCancelled:
        return BILL_EXPIRED, None
    except billing.BillFullyPaid:
        return PAID_BILL, None
    except billing.BillAmountWrong:
        return INVALID_AMOUNT, None
    return SUCCESSFUL, received.owed


def source(channel: str, partner: str, request_id: str) -> str:
    """The key under which billing knows a fact of this room; an identifier that is long, or looks so, stands by its hash."""
    is_short = len(request_id) <= 72 and not request_id.startswith("sha256-")
    short = request_id if is_short else f"sha256-{hashlib.sha256(request_id.encode()).hexdigest()}"
    return f"banking.{channel}:{partner}:{short}"


def _account(fields: Fields) -> tuple[str, str, str]:
    service_id = fields.text("partnerServiceId", most=8, pattern=" *[0-9]{1,8}")
    customer_no = fields.text("customerNo", most=20, pattern="[0-9]+")
    number = fields.text("virtualAccountNo", most=28, pattern=" *[0-9]+")
    if number.strip() != f"{service_id.strip()}{customer_no}":
        raise Refusal(INVALID_FORMAT, "virtualAccountNo")
    return service_id, customer_no, number


def _amount(fields: Fields) -> Decimal:
    amount = fields.amount("paidAmount")
    if amount is None:
        raise Refusal(INVALID_MANDATORY, "paidAmount")
    return amount


def _owed(call: Call, asked: Asked, on) -> billing.Owed | None:
    """The bill of a virtual account of this bank with what is owed on a day."""
    return billing.owed_by_code(asked.customer_no, on) if _is_ours(call, asked) else None


def _is_ours(call: Call, asked: Asked) -> bool:
    """Whether a number is one of this bank's virtual accounts, as far as its form says it."""
    return asked.service_id.strip() == call.proven().partner_service_id and len(asked.customer_no) == CODE_LENGTH


def _case(owed: billing.Owed | None) -> Case:
    if owed is None:
        return BILL_NOT_FOUND
    if owed.is_payable:
        return SUCCESSFUL
    return BILL_EXPIRED if owed.state in {"cancelled", "written_off"} else PAID_BILL


def _answer(case: Case, paid: Paid, owed: billing.Owed | None) -> dict[str, Any]:
    status = "00" if case is SUCCESSFUL else "01"
    data = {
        "paymentFlagStatus": status, "paymentFlagReason": reason(case), **paid.echo(), "paymentRequestId": paid.request_id,
        "paidAmount": _rupiah(paid.amount), "referenceNo": paid.reference,
    }
    if paid.said_at:
        data["trxDateTime"] = paid.said_at
    if owed is not None and case is SUCCESSFUL:
        data |= {
            "virtualAccountName": _name(owed), "totalAmount": _rupiah(paid.amount),
            "billDetails": [_bill(owed) | {"billAmount": _rupiah(paid.amount), "status": status, "reason": reason(case)}],
        }
    return reply(PAYMENT, case) | {"virtualAccountData": data}


def _bill(owed: billing.Owed) -> dict[str, Any]:
    return {
        "billCode": "01", "billNo": owed.number[-18:], "billName": owed.title[:20], "billShortName": owed.title[:10],
        "billDescription": {"english": owed.title[:18], "indonesia": owed.title[:18]}, "billSubCompany": "00000",
        "billAmount": _rupiah(owed.asked.amount if owed.asked else owed.amount),
    }


def _name(owed: billing.Owed) -> str:
    return owed.payer_name[:255]


def _rupiah(amount: Decimal) -> dict[str, str]:
    return {"value": f"{amount:.2f}", "currency": "IDR"}
