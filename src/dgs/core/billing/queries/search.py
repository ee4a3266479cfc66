"""Finding money by anything that is printed on a slip: codes, numbers, references, amounts, names; never writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q

from dgs.core.billing import codes
from dgs.core.billing.models import Bill, Payment, Proof, Receipt, Refund, StatementLine
from dgs.core.billing.queries.bills import bills_visible, find_bills
from dgs.core.documents import api as documents
from dgs.kernel import registry

MOST = 30
RARE, NEWEST = 500, 20_000
FREQUENT = """
SELECT id FROM (SELECT id, reference, text FROM billing_statementline ORDER BY booked_on DESC, id DESC LIMIT %(newest)s) AS newest
WHERE billing_words(reference, text) @@ to_tsquery('simple'::regconfig, %(query)s) LIMIT %(most)s
"""
WORD = re.compile(r"[A-Z0-9]+")
CURRENCY = re.compile(r"^rp\.? ?(?=[0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Money:
    """What a search found, newest first: bills, lines of the bank, receipts of channels, refunds."""

    bills: list[Bill] = field(default_factory=list)
    lines: list[StatementLine] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.bills or self.lines or self.receipts or self.refunds)


def find_money(text: str, offices: set[int] | None, limit: int = MOST) -> Money:
    """Bills, bank lines, receipts and refunds by what somebody reads from a slip.

    A payment code alone or inside a virtual account's number; the number of a bill, refund, proof, deposit or cash receipt; the
    check code of a proof or letter; the reference of an application; the reference of a bank or channel; an amount; the
    beginning of a payer's name; words of the bank's text. Bank lines are shown only to who may see all offices, for they
    belong to none.
    """
    text = CURRENCY.sub("", " ".join(text.replace("\x00", "").split())[:100])
    if not WORD.search(text.upper()):
        return Money()
    # Inside a longer number more than one stretch may pass for a code by chance: the bill tells which of them it was.
    read = codes.read_code(text)
    likely = [read] if read else list(codes.codes_in(text)[1])
    bills = _bills(text, likely, offices, limit)
    code = next((bill.payment_code for bill in bills if bill.payment_code in likely), likely[0] if likely else None)
    receipts = _receipts(text, bills if code else [], offices, limit)
    refunds = Refund.objects.filter(number=text.upper()).select_related("bill__payer", "undone_by")
    refunds = refunds if offices is None else refunds.filter(bill__office__in=offices)
    return Money(bills, find_lines(text, limit, code) if offices is None else [], receipts, list(refunds[:limit]))


def _bills(text: str, likely: list[str], offices: set[int] | None, limit: int) -> list[Bill]:
    bills = bills_visible(offices)
    if likely:
        return list(bills.filter(payment_code__in=likely)[:limit])
    return list(bills.filter(_printed(text)).order_by("-issued_at")[:limit]) or find_bills(text, offices, limit)


def _printed(text: str) -> Q:
    """The bills of a paper that carries this number: a proof, a signed letter, an application."""
    verdict = documents.verify_code(text)
    abouts = ([verdict.document.about] if verdict.document else []) + registry.abouts_of(text)
    keys = [int(one.removeprefix(Proof.PREFIX)) for one in abouts if one.startswith(Proof.PREFIX)]
    bills = list(Proof.objects.filter(Q(number=text.upper()) | Q(pk__in=keys)).values_list("bill", flat=True))
    return Q(pk__in=bills) | Q(about__in=abouts)


def _receipts(text: str, bills: list[Bill], offices: set[int] | None, limit: int) -> list[Receipt]:
    wanted = Q(reference=text.upper()) | Q(reference=text)
    if bills:
        wanted |= Q(bill__in=bills)
    found = Receipt.objects.filter(wanted, undoes=None).select_related("bill__payer", "account", "shift", "office")
    if offices is not None:
        found = found.filter(Q(bill__office__in=offices) | Q(office__in=offices))
    return list(found.order_by("-received_at")[:limit])


def find_lines(text: str, limit: int = MOST, code: str | None = None) -> list[StatementLine]:
    """Bank lines by amount, by the bill whose code they carry, or by the words of their text or reference, newest first.

    A word finds those it begins. Of words that stand in more than RARE lines only the newest NEWEST lines are looked through.
    """
    lines = StatementLine.objects.select_related("account", "finding_bill").order_by("-booked_on", "-pk")
    if code:
        bill = Bill.objects.filter(payment_code=code).values_list("pk", flat=True).first()
        paid = list(Payment.objects.filter(bill=bill, line__isnull=False).values_list("line", flat=True)) if bill else []
        return list(lines.filter(Q(finding_bill=bill) | Q(pk__in=paid))[:limit]) if bill else []
    digits = "".join(re.findall("[0-9]", text))
    found = []
    if digits and not any(ch.isalpha() for ch in text):
        found = list(lines.filter(amount=int(digits[:15]))[:limit])
    wanted = [pk for pk in _saying(text) if pk not in {one.pk for one in found}]
    return found + list(lines.filter(pk__in=wanted)[: limit - len(found)])


def incoming_lines_saying(words: Iterable[str]) -> list[int]:
    """The ids of incoming bank lines that carry all these words (capitals and digits, whole); where that are many, of some."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_lines_saying(%s, %s)", [" & ".join(words), MOST])
        found = [pk for (pk,) in cursor.fetchall()]
    return list(StatementLine.objects.filter(pk__in=found, amount__gt=0).values_list("pk", flat=True))


def _saying(text: str) -> list[int]:
    """The ids of lines that carry all these words; where that are very many, of the newest ones."""
    query = " & ".join(f"{word}:*" for word in WORD.findall(text.upper())[:8])
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_lines_saying(%s, %s)", [query, RARE])
        found = [pk for (pk,) in cursor.fetchall()]
        if len(found) < RARE:
            return found
        cursor.execute(FREQUENT, {"query": query, "newest": NEWEST, "most": MOST})
        return [pk for (pk,) in cursor.fetchall()]
