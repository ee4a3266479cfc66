"""Reading bills: their standing, whose they are, search; never writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse

from dgs.core.billing import codes
from dgs.core.billing.models import Bill, BillStanding, Confirmation, Objection, StatementLine
from dgs.core.documents import api as documents
from dgs.core.parties import api as parties


@dataclass(frozen=True)
class Standing:
    """What is owed and paid of one bill today, from the view billing_standing. Amounts in rupiah.

    `principal` and `penalty` are what is left to pay, together `remaining`; `over` was paid beyond what is owed. `due_on` is
    the next day on which something is due. `is_late`: something is owed after its due day. `is_disputed`: an objection is not
    decided.
    """

    total: Decimal
    principal: Decimal
    penalty: Decimal
    paid: Decimal
    remaining: Decimal
    over: Decimal
    state: str
    is_late: bool
    is_disputed: bool
    due_on: date
    last_paid_at: datetime | None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to pay."""
        return self.state in {"paid", "over"}


def standing(bill: Bill) -> Standing:
    """The standing of one bill."""
    return standings([bill])[bill.pk]


def standings(bills: Iterable[Bill]) -> dict[int, Standing]:
    """The standing of several bills by bill id, in one query."""
    rows = BillStanding.objects.filter(bill__in=[bill.pk for bill in bills])
    return {row.pk: _standing(row) for row in rows}


def _standing(row: BillStanding) -> Standing:
    return Standing(
        row.total,
        row.principal,
        row.penalty,
        row.paid,
        row.remaining,
        row.over,
        row.state,
        row.is_late,
        row.is_disputed,
        row.due_on,
        row.last_paid_at,
    )


def bill_for(about: str) -> Bill | None:
    """The bill issued for something such as "cases.case:123", or None."""
    return bills_for([about]).get(about)


def bills_for(things: Iterable[str]) -> dict[str, Bill]:
    """The bills issued for several things, by the thing; one query."""
    return {bill.about: bill for bill in Bill.objects.filter(about__in=list(things))}


def money_of(about: str) -> tuple[Bill, Standing] | tuple[None, None]:
    """The bill issued for a thing and its standing at this moment, in one query; None twice when there is none."""
    bill = Bill.objects.select_related("derived").filter(about=about).first()
    return (bill, _standing(bill.derived)) if bill else (None, None)


def bill_by_number(number: str) -> Bill | None:
    """The bill of a number, with payer, office and kind of charge, or None."""
    return Bill.objects.select_related("payer", "office", "kind").filter(number=number).first()


@dataclass(frozen=True)
class Part:
    """One instalment of a bill's plan in force: `covered` is what is paid of its `amount` in principal; `state` is "done",
    "next" (the one to pay now), "late" or "open"."""

    number: int
    due_on: date
    amount: Decimal
    covered: Decimal
    state: str


def plan_of(bill: Bill, on: date) -> list[Part]:
    """The instalments in force in their order; empty without a plan. One query, none without a plan."""
    if not bill.plan:
        return []
    left, found = bill.principal_paid, []
    for one in bill.instalments.filter(plan=bill.plan).order_by("number"):
        covered = min(left, one.amount)
        left -= covered
        is_first = all(part.state == "done" for part in found)
        state = "done" if covered == one.amount else "late" if one.due_on < on else "next" if is_first else "open"
        found.append(Part(one.number, one.due_on, one.amount, covered, state))
    return found


def last_confirmation(bill: Bill) -> Confirmation | None:
    """What the payer last told of a transfer, answered or not; None when nothing was told."""
    return bill.confirmations.exclude(outcome="replaced").order_by("-pk").first()


def last_objection(bill: Bill) -> Objection | None:
    """The payer's last objection, decided or not, or None."""
    return bill.objections.order_by("-pk").first()


def proof_of(bill: Bill) -> documents.IssuedDocument | None:
    """The document that proves that the bill is paid in full, when it was issued and stands; two queries at most."""
    found = bill.proofs.filter(is_whole=True, withdrawn_at=None).first()
    return documents.document_for(found.about) if found else None


def bills_of(parties: set[int]) -> QuerySet[Bill]:
    """The bills of these payers that were not cancelled, oldest first, each with office and standing."""
    found = Bill.objects.filter(payer__in=parties, cancelled_at=None).select_related("office", "payer", "derived")
    return found.order_by("issued_at", "pk")


def bills_visible(offices: set[int] | None) -> QuerySet[Bill]:
    """The bills of these offices (None = all)."""
    found = Bill.objects.select_related("payer", "office", "derived")
    return found if offices is None else found.filter(office__in=offices)


def find_bills(text: str, offices: set[int] | None, limit: int = 50) -> list[Bill]:
    """Bills by payment code, number, amount or the beginnings of the words of a payer's name, newest first."""
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        return []
    bills = bills_visible(offices)
    digits = "".join(re.findall("[0-9]", text))
    letters = any(ch.isalpha() for ch in text)
    if code := codes.read_code(text):
        found = bills.filter(payment_code=code)
    elif text.upper().startswith("TGH"):
        found = bills.filter(number__startswith=text.upper())
    elif digits and not letters and len(digits) <= 13:
        found = bills.filter(total=int(digits))
    elif letters:
        found = bills.filter(payer__in=parties.parties_named(text))
    else:
        return []
    return list(found.order_by("-issued_at")[:limit])


def bills_like(line: StatementLine, offices: set[int] | None, limit: int = 5) -> list[Bill]:
    """Open bills to which a line might belong: the one whose code it carries, then those over the same amount, newest first."""
    bills = bills_visible(offices).filter(cancelled_at=None, derived__state__in=["open", "part"])
    found = list(bills.filter(pk=line.finding_bill_id)) if line.finding_bill_id else []
    same = bills.filter(total=line.amount, issued_at__date__lte=line.booked_on).exclude(pk__in=[b.pk for b in found])
    return found + list(same.order_by("-issued_at")[:limit])


NAMED = "billing.bill:"


def about_of_bill(text: str) -> str | None:
    """The name of the bill with this number or payment code, or None."""
    text = " ".join(text.replace("\x00", "").split())[:40]
    code = codes.read_code(text)
    if not code and not text.upper().startswith("TGH"):
        return None
    bill = Bill.objects.filter(**({"payment_code": code} if code else {"number": text.upper()})).only("pk").first()
    return f"{NAMED}{bill.pk}" if bill else None


def page_of_bill(about: str) -> tuple[str, str] | None:
    """The number of the bill that this names, and its page; None for anything else."""
    pk = about.removeprefix(NAMED)
    if pk == about or not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        return None
    number = Bill.objects.filter(pk=int(pk)).values_list("number", flat=True).first()
    return (number, reverse("billing:bill", args=[number])) if number else None
