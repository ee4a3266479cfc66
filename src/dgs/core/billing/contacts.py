"""Whose an address is: the accounts of a bill's payer and of those who act for a paying business; never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from dgs.core.accounts import api as accounts
from dgs.core.billing.models import Bill
from dgs.core.messaging import api as messaging


@dataclass(frozen=True)
class Addressee:
    """Where something is said about a bill: channel "email" or "sms"; `is_payer` is whether the address is the payer's own."""

    channel: str
    to: str
    language: str
    party_id: int | None
    is_payer: bool


def payers_accounts(bill: Bill, on: date) -> list:
    """The open accounts of the payer, and of those who act for the paying business on that day."""
    payer = bill.payer
    found = [payer.user] if hasattr(payer, "user") else []
    if payer.kind == "business":
        acting = payer.business.representations.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gte=on))
        parties = [one.person.party for one in acting.select_related("person__party__user").order_by("pk")]
        found += [party.user for party in parties if hasattr(party, "user")]
    return [user for user in found if user.is_active]


def of_address(bill: Bill, address: str, on: date) -> Addressee | None:
    """Who that address is for this bill: the payer's own (as confirmed for an account), or a stranger's; None for no address."""
    channel, normalise = ("email", messaging.normalise_email) if "@" in address else ("sms", messaging.normalise_phone)
    try:
        to = normalise(address)
    except ValueError:
        return None
    for user in payers_accounts(bill, on):
        if (user.email or "").lower() == to.lower() or user.phone == to:
            return Addressee(channel, to, user.language, user.party_id, is_payer=True)
    return Addressee(channel, to, "id", None, is_payer=False)


def of_account(user) -> Addressee | None:
    """Where to tell an account: by e-mail, else by SMS; None when it has neither."""
    known = accounts.contact_of(user)
    if known.email or known.phone:
        return Addressee(
            "email" if known.email else "sms", known.email or known.phone, known.language, known.party_id, is_payer=True
        )
    return None
