"""Reading ISO 20022 camt.053 (BankToCustomerStatement, versions .001.02 to .001.13) as a stream of elements.

Element names are compared without their namespace, for the versions differ in nothing else that is read here, and banks wrap
the document in envelopes of their own. The parser is expat: it names line and column of any element of any file, which the tree
of lxml does not do. A document type is refused before anything it declares is looked at, so there are no
entities to grow and nothing is fetched.

Only what is booked (status BOOK) is a booking; entries that are pending or for information are counted and left out. The balances
must add up. Source: ISO 20022 message definition reports, Bank-to-Customer Cash Management, camt.053.001.02 to .13.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.statements.camt053_elements import TREE, UNKNOWN, Node, Unreadable
from dgs.core.billing.statements.shape import ParsedLine, ParsedStatement, Part, account_key, plain

DEEPEST = 60
CURRENCY = re.compile(r"[A-Z]{3}")
BOOKED, NOT_BOOKED = "BOOK", {"PDNG", "INFO", "FUTR"}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
NO_REFERENCE = {"", "NOTPROVIDED", "NONREF", "NOT PROVIDED"}


def looks_like_xml(data: bytes) -> bool:
    """Whether a file begins as XML does, in any of the encodings XML may be written in."""
    head = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] == b"<" or head[:4] in {b"\xff\xfe<\x00", b"\xfe\xff\x00<"} or head[:2] in {b"<\x00", b"\x00<"}


def read_camt053(data: bytes) -> ParsedStatement:
    """All statements of the file, each a part; they must be of one account and one currency.

    Refuses (StatementRefused) what is not well-formed, declares a document type, is another message than camt.053, has an
    entry that cannot be read with certainty, or balances that do not add up; the sentence names line and column.
    """
    reader = _Reader()
    reader.read(data)
    return reader.statement()


class _Booking(NamedTuple):
    line: int
    day: date
    amount: Decimal
    reference: str
    text: str
    raw: str
    is_reversal: bool


class _Reader:
    """One pass over the file; what has been read of the statement, balance, entry and details that are open."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.buffer_size = 1 << 16
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.open: dict[str, dict[str, Any]] = {}
        self.message = ""
        self.bookings: list[_Booking] = []
        self.opening: dict[str, tuple[Decimal, dict[str, Any]]] = {}
        self.closing: dict[str, tuple[Decimal, dict[str, Any]]] = {}
        self.lines: list[ParsedLine] = []
        self.parts: list[Part] = []
        self.left_out = 0
        self.account = self.currency = ""

    def read(self, data: bytes) -> None:
        """Go through the file; refuses it at the place of the first fault."""
        self._handle()
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as error:
            if self.message and not self.open:
                raise self._other_message() from None
            raise StatementRefused(
                _("The file is not well-formed XML (%(fault)s); it may have been cut off."), line=error.lineno,
                column=error.offset + 1, fault=expat.errors.messages.get(error.code, "?"),
            ) from None
        except (LookupError, ValueError):  # an encoding that nobody knows, or that is none of single bytes
            raise StatementRefused(_("The file is not readable as text."), line=1) from None
        if not self.parts:
            raise self._other_message()

    def _other_message(self) -> StatementRefused:
        name = plain(self.message)[:40] or "Document"
        return StatementRefused(_("This is no camt.053 statement of a bank: it holds “%(name)s”."), line=1, name=name)

    def statement(self) -> ParsedStatement:
        """What was read."""
        return ParsedStatement(
            format="camt053", account=self.account, currency=self.currency, lines=tuple(self.lines), parts=tuple(self.parts),
            left_out=self.left_out,
        )

    def _handle(self) -> None:
        """Set the handlers; they are closures because they run some millions of times in a large file."""
        parser, opened, texts = self.parser, self.open, []
        stack: list[Node] = []
        node = TREE

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal node
            stack.append(node)
            child = node.children.get(name)
            if child is None:
                child = UNKNOWN if node is UNKNOWN and len(stack) <= DEEPEST else self._named(node, name, len(stack))
            node = child
            if child.begin:
                self._begin(child.begin)
            elif child.currency_key:
                opened[child.scope][child.currency_key] = attributes.get("Ccy", "")
            texts.clear()

        def end(name: str) -> None:
            nonlocal node
            if node.key:
                text = "".join(texts).strip()
                if text:
                    try:
                        value = node.read(text) if node.read else text
                    except Unreadable as bad:
                        column = max(1, parser.CurrentColumnNumber - len(text) + 1)
                        raise StatementRefused(
                            bad.sentence, line=parser.CurrentLineNumber, column=column, **bad.values
                        ) from None
                    values = opened[node.scope]
                    if node.many:
                        values.setdefault(node.key, []).append(text)
                    elif node.key in values:
                        self._twice(name)
                    else:
                        values[node.key] = value
            elif node.finish:
                self._finish(node.finish)
            texts.clear()
            node = stack.pop()

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, texts.append

    def _named(self, node: Node, name: str, depth: int) -> Node:
        """The child of a name with or without a prefix; elements around the document count for nothing."""
        if depth > DEEPEST:
            raise StatementRefused(
                _("The elements of the file lie deeper in each other than in any statement."),
                line=self.parser.CurrentLineNumber, column=self.parser.CurrentColumnNumber + 1,
            )
        plainly = name.rpartition(":")[2]
        found = node.children.get(plainly)
        if found is None:
            found = TREE if node is TREE else UNKNOWN
            if node in {TREE, TREE.children["Document"]}:
                self.message = plainly
        return found

    def _twice(self, name: str) -> None:
        raise StatementRefused(
            _("The element %(name)s stands twice in one place."), line=self.parser.CurrentLineNumber,
            column=self.parser.CurrentColumnNumber + 1, name=name.rpartition(":")[2],
        )

    def _doctype(self, *_declared: object) -> None:
        raise StatementRefused(
            _("The file declares a document type (DOCTYPE), which no bank statement has."),
            line=self.parser.CurrentLineNumber, column=self.parser.CurrentColumnNumber + 1,
        )

    def _begin(self, scope: str) -> None:
        self.open[scope] = {"line": self.parser.CurrentLineNumber, "column": self.parser.CurrentColumnNumber + 1}
        if scope == "statement":
            self.bookings, self.opening, self.closing = [], {}, {}
        elif scope == "entry":
            self.open[scope]["details"] = []

    def _finish(self, scope: str) -> None:
        if scope == "details":
            self.open["entry"]["details"].append(self.open["details"])
        elif scope == "entry":
            self._entry(self.open["entry"])
        elif scope == "balance":
            self._balance(self.open["balance"])
        else:
            self._statement(self.open["statement"])

    def _money(self, found: dict[str, Any]) -> Decimal:
        """The signed amount of an entry or balance, of the file's currency."""
        for key, element in (("amount", "Amt"), ("sign", "CdtDbtInd")):
            if key not in found:
                raise _refused(_("The element %(name)s is missing."), found, name=element)
        currency = found["amount currency"]
        if not CURRENCY.fullmatch(currency):
            raise _refused(_("The amount says no currency (Ccy)."), found)
        if self.currency and currency != self.currency:
            raise _refused(_("The file holds statements in several currencies."), found)
        self.currency = currency
        return found["amount"] if found["sign"] > 0 else -found["amount"]

    def _balance(self, found: dict[str, Any]) -> None:
        kind = found.get("kind", "")
        if kind in OPENING or kind in CLOSING:
            kept = self.opening if kind in OPENING else self.closing
            if kind in kept:
                raise _refused(_("The balance %(kind)s stands twice in one statement."), found, kind=kind)
            kept[kind] = self._money(found), found

    def _entry(self, found: dict[str, Any]) -> None:
        status = found.get("status", "")
        if status in NOT_BOOKED:
            self.left_out += 1
            return
        if status != BOOKED:
            raise _refused(_("The entry says neither that it is booked (BOOK) nor that it is not (PDNG, INFO)."), found)
        amount = self._money(found)
        day = found.get("booked") or found.get("valued")
        if day is None:
            raise _refused(_("The element %(name)s is missing."), found, name="BookgDt")
        details = found["details"]
        several = _split(details, amount, found["amount currency"])
        if several:
            self.bookings += [_booking(found, [one], day, part, one["line"]) for one, part in several]
        else:
            self.bookings.append(_booking(found, details, day, amount, found["line"]))

    def _statement(self, found: dict[str, Any]) -> None:
        account = found.get("iban") or found.get("other") or ""
        if not account_key(account):
            raise _refused(_("The statement names no account (Acct)."), found)
        if self.account and account_key(account) != account_key(self.account):
            raise _refused(_("The file holds statements of several accounts."), found)
        opening = next((self.opening[kind] for kind in OPENING if kind in self.opening), None)
        closing = next((self.closing[kind] for kind in CLOSING if kind in self.closing), None)
        if opening is None or closing is None:
            raise _refused(
                _("The balance %(kind)s is missing; without it nobody can tell whether the statement is whole."),
                found, kind="OPBD / PRCD" if opening is None else "CLBD",
            )
        if found.get("currency", self.currency) != self.currency:
            raise _refused(_("The file holds statements in several currencies."), found)
        self.account = account
        balance = opening[0]
        for one in self.bookings:
            balance += one.amount
            self.lines.append(
                ParsedLine(
                    file_line=one.line, booked_on=one.day, amount=one.amount, reference=one.reference, text=one.text, raw=one.raw,
                    is_reversal=one.is_reversal, part=len(self.parts), balance=balance,
                )
            )
        if balance != closing[0]:
            raise _refused(
                _("The balances do not agree: opening balance and bookings give %(sum)s, the file closes with %(closing)s."),
                closing[1], sum=balance, closing=closing[0],
            )
        number = "/".join(plain(found[key]) for key in ("id", "sequence") if found.get(key))
        self.parts.append(Part(number=number, opening=opening[0], closing=closing[0]))


def _refused(sentence, found: dict[str, Any], **values: object) -> StatementRefused:
    """A refusal at the place where an element begins; many banks write the whole file on one line, so the column matters."""
    return StatementRefused(sentence, line=found["line"], column=found["column"], **values)


def _split(details: list[dict], amount: Decimal, currency: str) -> list[tuple[dict, Decimal]]:
    """The transactions of a collected entry with their amounts, when there are several and they are the whole; else nothing."""
    if len(details) < 2:
        return []
    found = []
    for one in details:
        key = "amount" if "amount" in one else "detailed"
        if key not in one or one.get(f"{key} currency") != currency:
            return []
        sign = one.get("sign") or (1 if amount >= 0 else -1)
        found.append((one, one[key] if sign > 0 else -one[key]))
    return found if sum(part for _one, part in found) == amount else []


def _booking(entry: dict[str, Any], details: list[dict], day: date, amount: Decimal, line: int) -> _Booking:
    references: dict[str, None] = {}
    words: list[str] = []
    names: dict[str, None] = {}
    for one in details:
        for key in ("servicer", "end_to_end", "transaction"):
            if key in one and one[key].upper() not in NO_REFERENCE:
                references[plain(one[key])] = None
        if name := one.get("debtor" if amount >= 0 else "creditor"):
            names[plain(name)] = None
        words += one.get("remittance", ())
        words += one.get("information", ())
    if "servicer" in entry and not any("servicer" in one for one in details) and entry["servicer"].upper() not in NO_REFERENCE:
        references = {plain(entry["servicer"]): None, **references}
    words += entry.get("information", ())
    reference = " ".join(references)
    raw = "\n".join([reference, *words] if reference else words)
    return _Booking(line, day, amount, reference, plain(" ".join([*names, *words])), raw, entry.get("reversal", False))
