"""The two channels by which bills are paid through a bank's systems: virtual accounts and QRIS, as the bill's page shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.banking import qris
from dgs.core.banking.actions.qr_codes import usable_code
from dgs.core.banking.demo import demo_bank
from dgs.core.banking.models import Partner
from dgs.core.banking.simulator import Bank, Sent
from dgs.kernel.errors import InvalidInput
from dgs.kernel.manifest import PaymentChannel, Way
from dgs.ui import formats

# Bank Indonesia bounds one QRIS payment (PADG 24/1/PADG/2022): a code for more could be scanned and not paid.
MOST_BY_QRIS = 10_000_000


def virtual_accounts(bill: Any, owed: Any, now: datetime, *, until: datetime | None = None) -> tuple[Way, ...]:
    """A virtual account at each bank that offers them; none when nothing is left to pay. Never writes; it is always good."""
    if not owed.is_payable:
        return ()
    partners = Partner.objects.filter(is_active=True).exclude(partner_service_id="").order_by("name")
    return tuple(_virtual_account(partner, owed) for partner in partners)


def qr_codes(bill: Any, owed: Any, now: datetime, *, until: datetime | None = None) -> tuple[Way, ...]:
    """A code to scan for exactly what is asked now, issued when there is none that is still good (`until` then, for a print).

    None without an acquirer or above 10 million.
    """
    if not owed.is_payable or owed.asked.amount > MOST_BY_QRIS:
        return ()
    partner = next((one for one in Partner.objects.filter(is_active=True).order_by("pk") if one.has_qris), None)
    if partner is None:
        return ()
    code = usable_code(partner=partner, bill=bill, amount=owed.asked.amount, now=now, until=until)
    good = _("The code is good until %(time)s.") if until else _(
        "The code is good until %(time)s. After that, open this page again for a new one."
    )
    return (
        Way(
            title="QRIS",
            steps=(
                _("Open any bank or wallet application and choose QRIS or Scan."),
                _("Scan the code. The amount %(amount)s appears by itself.") % {"amount": formats.rupiah(owed.asked.amount)},
                _("Check that the receiver is %(name)s, then pay.") % {"name": partner.merchant_name},
            ),
            picture=qris.picture(code.content),
            note=good % {"time": formats.clock(code.expires_at, "zone")},
        ),
    )


def _virtual_account(partner: Partner, owed: Any) -> Way:
    number = f"{partner.partner_service_id}{owed.payment_code}"
    shown = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    return Way(
        title=_("%(bank)s virtual account") % {"bank": partner.name},
        copies=(
            (_("Virtual account number"), shown, number),
            (_("Amount"), formats.rupiah(owed.asked.amount), f"{owed.asked.amount:.0f}"),
        ),
        steps=(
            _("In the application, at the ATM or at the counter of %(bank)s choose Virtual Account.") % {"bank": partner.name},
            _("Enter the number %(number)s. Name and amount appear by themselves.") % {"number": shown},
            _("Check that they are right, then pay. The bill is paid at once."),
        ),
    )


def pay_by_account(bill: Any, owed: Any, now: datetime) -> None:
    """In the demo: its bank reports by a signed call that what is asked was paid into the bill's virtual account."""
    _report(lambda bank, token: bank.payment(token, owed.payment_code, owed.asked.amount, now), now)


def pay_by_code(bill: Any, owed: Any, now: datetime) -> None:
    """In the demo: its acquirer reports by a signed call that the bill's code was scanned and paid."""
    partner = next(one for one in Partner.objects.filter(is_active=True).order_by("pk") if one.has_qris)
    code = usable_code(partner=partner, bill=bill, amount=owed.asked.amount, now=now)
    _report(lambda bank, token: bank.notify(token, code.reference, code.amount, now), now)


def _report(call: Callable[[Bank, str], Sent], now: datetime) -> None:
    # The call goes through the whole of the program as a bank's would; only the wire between them is missing.
    from django.test import Client

    bank, client = demo_bank(now=now), Client(SERVER_NAME="localhost")
    with translation.override(translation.get_language()):
        token = bank.token(now).by(client).json()["accessToken"]
        answer = call(bank, token).by(client)
    if answer.status_code != 200:
        raise InvalidInput({}, answer.json()["responseMessage"])


CHANNELS = (
    PaymentChannel(
        code="virtual_account", title=gettext_lazy("Virtual account"), icon="card", order=20, ways=virtual_accounts,
        simulate=pay_by_account,
    ),
    PaymentChannel(code="qris", title="QRIS", icon="qr", order=10, ways=qr_codes, simulate=pay_by_code, is_issuing=True),
)
