"""The elements of a camt.053 that are read, by their place, and how each value is read; the pass over a file is in camt053.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.statements.shape import plain

AMOUNT = re.compile(r"([0-9]{1,15})(?:\.([0-9]{0,2})0*)?")
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(Z|[+-][0-9]{2}:[0-9]{2})?")
SIGNS = {"CRDT": 1, "DBIT": -1}


class Unreadable(Exception):
    """A value that cannot be read; the place is added where it is known."""

    def __init__(self, sentence, **values: object) -> None:
        super().__init__(sentence)
        self.sentence, self.values = sentence, values


class Node:
    """One element that is known at its place: which are known inside it, and what to do with it."""

    __slots__ = ("begin", "children", "currency_key", "finish", "key", "many", "read", "scope")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.scope = ""
        self.key = self.currency_key = ""
        self.many = False
        self.read: Callable[[str], Any] | None = None
        self.begin: str = ""
        self.finish: str = ""


def _amount(text: str) -> Decimal:
    found = AMOUNT.fullmatch(text)
    if not found:
        raise Unreadable(_("“%(text)s” is not an amount."), text=plain(text)[:40])
    return Decimal(f"{found[1]}.{found[2] or '':0<2}")


def _sign(text: str) -> int:
    if text not in SIGNS:
        raise Unreadable(_("“%(text)s” says neither credit (CRDT) nor debit (DBIT)."), text=plain(text)[:40])
    return SIGNS[text]


def _truth(text: str) -> bool:
    if text not in {"true", "false", "1", "0"}:
        raise Unreadable(_("“%(text)s” is neither true nor false."), text=plain(text)[:40])
    return text in {"true", "1"}


@lru_cache(maxsize=1024)
def _day(text: str) -> date:
    found = DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise Unreadable(_("“%(text)s” is not a date written as year-month-day."), text=plain(text)[:40]) from None


@lru_cache(maxsize=1024)
def _instant(text: str) -> date:
    """The day of a time. As it stands there, the bank's own day; only one in UTC is no day of a bank here, and is made local."""
    found = INSTANT.fullmatch(text)
    try:
        when = datetime.fromisoformat(text if found else "")
    except ValueError:
        raise Unreadable(_("“%(text)s” is not a date written as year-month-day."), text=plain(text)[:40]) from None
    is_utc = when.tzinfo is not None and not when.utcoffset()
    return timezone.localtime(when.replace(tzinfo=UTC)).date() if is_utc else when.date()


# Path below the document: (scope, key, how it is read); a key that ends in * is kept each time it comes.
IN_STATEMENT = {
    "Id": ("id", None), "ElctrncSeqNb": ("sequence", None), "Acct/Id/IBAN": ("iban", None), "Acct/Id/Othr/Id": ("other", None),
    "Acct/Ccy": ("currency", None),
}
IN_BALANCE = {
    "Tp/CdOrPrtry/Cd": ("kind", None), "Amt": ("amount", _amount), "CdtDbtInd": ("sign", _sign),
}
IN_ENTRY = {
    "Amt": ("amount", _amount), "CdtDbtInd": ("sign", _sign), "RvslInd": ("reversal", _truth), "Sts": ("status", None),
    "Sts/Cd": ("status", None), "Sts/Prtry": ("status", None),
    "BookgDt/Dt": ("booked", _day), "BookgDt/DtTm": ("booked", _instant),
    "ValDt/Dt": ("valued", _day), "ValDt/DtTm": ("valued", _instant), "AcctSvcrRef": ("servicer", None),
    "AddtlNtryInf": ("information*", None),
}
IN_DETAILS = {
    "Amt": ("amount", _amount), "AmtDtls/TxAmt/Amt": ("detailed", _amount), "CdtDbtInd": ("sign", _sign),
    "Refs/AcctSvcrRef": ("servicer", None), "Refs/EndToEndId": ("end_to_end", None), "Refs/TxId": ("transaction", None),
    "RltdPties/Dbtr/Nm": ("debtor", None), "RltdPties/Dbtr/Pty/Nm": ("debtor", None),
    "RltdPties/Cdtr/Nm": ("creditor", None), "RltdPties/Cdtr/Pty/Nm": ("creditor", None),
    "RmtInf/Ustrd": ("remittance*", None), "RmtInf/Strd/RfrdDocInf/Nb": ("remittance*", None),
    "RmtInf/Strd/CdtrRefInf/Ref": ("remittance*", None), "RmtInf/Strd/AddtlRmtInf": ("remittance*", None),
    "AddtlTxInf": ("information*", None),
}
BELOW = {
    "statement": ("Document/BkToCstmrStmt/Stmt", IN_STATEMENT),
    "balance": ("Document/BkToCstmrStmt/Stmt/Bal", IN_BALANCE),
    "entry": ("Document/BkToCstmrStmt/Stmt/Ntry", IN_ENTRY),
    "details": ("Document/BkToCstmrStmt/Stmt/Ntry/NtryDtls/TxDtls", IN_DETAILS),
}


def _tree() -> Node:
    """The elements that are read, by their names from the document down."""
    root = Node()

    def at(path: str) -> Node:
        node = root
        for name in path.split("/"):
            node = node.children.setdefault(name, Node())
        return node

    for scope, (path, leaves) in BELOW.items():
        at(path).begin = at(path).finish = scope
        for below, (key, read) in leaves.items():
            leaf = at(f"{path}/{below}")
            leaf.scope, leaf.key, leaf.many, leaf.read = scope, key.rstrip("*"), key.endswith("*"), read
            leaf.currency_key = f"{leaf.key} currency" if read is _amount else ""
    return root


TREE = _tree()
UNKNOWN = Node()
