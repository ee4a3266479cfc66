"""Payers are reminded of what falls due: dates are those of the bills and instalments themselves; sending is messaging's.

A year's tax is half a million bills issued at once, so no row is written for each: what is open is asked for by the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.billing.models import Bill, Instalment
from dgs.core.billing.owing import Owed, owed_of
from dgs.core.messaging import api as messaging
from dgs.core.parties import api as parties
from dgs.kernel import registry
from dgs.kernel.manifest import Reachable, ReminderKind
from dgs.ui import formats

PREFIX = "billing.bill:"


def _open(bill: str = "") -> Q:
    """Bills of which money is still asked; `bill` leads to them. As the index bill_open has it."""
    return Q(**{
        f"{bill}cancelled_at": None, f"{bill}written_off": 0,
        f"{bill}principal_paid__lt": F(f"{bill}total") + F(f"{bill}adjusted"),
    })


def dates() -> tuple[QuerySet, ...]:
    """When open bills fall due: on their day, or with a plan on the day of the next instalment."""
    bills = Bill.objects.filter(_open(), plan=0).annotate(
        of_key=Concat(Value(PREFIX), Cast("pk", CharField())), of_about=Concat(Value(PREFIX), Cast("pk", CharField())),
        of_day=F("due_on"), of_known=TruncDate("issued_at"), of_party=F("payer_id"), of_office=F("office__slug"),
    )
    earlier = Instalment.objects.filter(bill=OuterRef("bill"), plan=OuterRef("plan"), number__lt=OuterRef("number"))
    before = earlier.order_by().values("bill").annotate(sum=Sum("amount")).values("sum")
    parts = Instalment.objects.filter(_open("bill__"), plan=F("bill__plan")).annotate(
        before=Coalesce(Subquery(before), Value(0), output_field=Instalment._meta.get_field("amount")),
        of_key=Concat(Value(PREFIX), Cast("bill_id", CharField())), of_about=Concat(Value(PREFIX), Cast("bill_id", CharField())),
        of_day=F("due_on"), of_known=TruncDate("at"), of_party=F("bill__payer_id"), of_office=F("bill__office__slug"),
    ).filter(before__lte=F("bill__principal_paid"), bill__principal_paid__lt=F("before") + F("amount"))
    return bills, parts


def _matters(reminders: Sequence, on: date) -> dict[str, messaging.Matter]:
    ids = {one.key: int(one.about.removeprefix(PREFIX)) for one in reminders}
    owed = owed_of(set(ids.values()), on)
    # What is due later than that day (a plan, a new instalment) is another date, of which is reminded in its time.
    going = {one.key: found for one in reminders if (found := owed.get(ids[one.key])) and _is_asked(found, one.due_on)}
    whom = _whom(list(going.values()), on)
    return {
        key: messaging.Matter(words=_words(found, found.asked.amount), whom=whom[found.bill_id], title=found.title)
        for key, found in going.items()
    }


def _is_asked(owed: Owed, due_on: date) -> bool:
    return owed.is_payable and owed.due_on == due_on


def _whom(owed: Sequence[Owed], on: date) -> dict[int, list[Reachable]]:
    """The accounts to tell of each bill: the payer's own, and of those who act for a paying business."""
    payers = {one.bill.payer_id for one in owed}
    acting = parties.acting_for(payers, on)
    accounts = defaultdict(list)
    for account in registry.reachable(party_ids=payers | {person for those in acting.values() for person in those}):
        accounts[account.party_id].append(account)
    return {
        one.bill_id: list(dict.fromkeys(
            account for party in (one.bill.payer_id, *acting.get(one.bill.payer_id, ())) for account in accounts[party]
        ))
        for one in owed
    }


def _words(owed: Owed, amount):
    def words(days: int) -> messaging.Words:
        values = {
            "number": owed.number, "title": owed.title, "amount": formats.rupiah(amount), "day": formats.day(owed.due_on),
            "when": messaging.when(days), "code": owed.payment_code, "office": owed.office_name,
            "link": f"{settings.BASE_URL}{reverse('billing:bill', args=[owed.number])}",
        }
        if days >= 0:
            sms = _("Bill %(number)s: %(amount)s is due on %(day)s, %(when)s. Payment code %(code)s. %(link)s")
            subject = _("Bill %(number)s is due on %(day)s")
            body = _(
                "%(title)s, bill %(number)s of %(office)s: %(amount)s is due on %(day)s, %(when)s.\n\n"
                "Payment code: %(code)s\nHow to pay: %(link)s"
            )
        else:
            sms = _("Bill %(number)s: %(amount)s was due on %(day)s and is not paid. Payment code %(code)s. %(link)s")
            subject = _("Bill %(number)s is late")
            body = _(
                "%(title)s, bill %(number)s of %(office)s: %(amount)s was due on %(day)s, %(when)s, and we have not found your "
                "payment.\n\nPayment code: %(code)s\nHow to pay: %(link)s\n\nIf you have paid already, tell us on that page."
            )
        return messaging.Words(sms=sms % values, subject=subject % values, body=body % values)

    return words


BILL_DUE = ReminderKind(
    code="bill_due", title=gettext_lazy("Bill falls due"), steps=(7, 1, -1), matters=_matters, dates=dates,
)
