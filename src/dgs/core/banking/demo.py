"""A bank of the demo: an invented partner with virtual accounts and QRIS, and the other side of it, which calls; never real.

Its keys are made when it is entered and lie in the database only. The bank's own private key is the one that we would call it
with: so that the simulated bank finds it there, and only there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dgs.core.banking.actions import new_key
from dgs.core.banking.models import Partner, PartnerKey
from dgs.core.banking.simulator import Bank
from dgs.core.billing import api as billing
from dgs.kernel.errors import NotAllowed
from dgs.kernel.protection import decrypt

CODE = "bank-contoh"
POSTAL_CODES = {"banyuasin": "30911", "medan": "20112", "banten": "42171"}
Kind = PartnerKey.Kind


@transaction.atomic
def load_demo_partner(region: str, *, now: datetime | None = None) -> Partner | None:
    """Enter the bank of the demo with new keys, once; the one that is there stays. None outside the demo.

    Its numbers are invented: company code, merchant PAN and NMID belong to nobody. It pays into the region's first account.
    """
    if not settings.DEMO:
        return None
    there = Partner.objects.filter(code=CODE).first()
    accounts = billing.load_bank_accounts(region)
    if there is not None or not accounts:
        return there
    now = now or timezone.now()
    place = region.upper()[:15]
    partner = Partner.objects.create(
        code=CODE, name="Bank Contoh", account=accounts[0], partner_id="BANKCONTOH", client_key="bank-contoh-demo",
        partner_service_id="88899", qris_domain="ID.CO.BANKCONTOH.WWW", merchant_pan="936000080000012345",
        merchant_id="ID1020000000001", nmid="ID1020000000001", merchant_name=f"PEMDA {place} CONTOH"[:25], merchant_city=place,
        postal_code=POSTAL_CODES.get(region, "10110"), our_client_key="dgs-demo", our_partner_id="DGSDEMO",
        our_channel_id="95221",
    )
    new_key(partner=partner, kind=Kind.SECRET, by=None, now=now)
    public = new_key(partner=partner, kind=Kind.PRIVATE, by=None, now=now)
    new_key(partner=partner, kind=Kind.PUBLIC, value=public, by=None, now=now)
    return partner


def demo_bank(*, now: datetime | None = None) -> Bank:
    """The bank's side of the demo's partner, to make calls with. Refuses (NotAllowed) outside the demo or without a partner.

    It signs with the keys that are valid now; when somebody has entered another public key, no call of it is right any more.
    """
    partner = Partner.objects.filter(code=CODE).first() if settings.DEMO else None
    if partner is None:
        raise NotAllowed
    now = now or timezone.now()
    return Bank(
        partner_id=partner.partner_id, client_key=partner.client_key, private_key=_newest(partner, Kind.PRIVATE, now),
        secret=_newest(partner, Kind.SECRET, now), service_id=partner.partner_service_id, encoding=partner.signature_encoding,
        has_tokens=partner.signs == Partner.Signs.SYMMETRIC,
    )


def _newest(partner: Partner, kind: str, now: datetime) -> str:
    # One that was made within the last second counts: its clock may be another process's.
    valid = partner.keys.filter(kind=kind, valid_from__lte=now + timedelta(seconds=1)).exclude(valid_until__lte=now)
    found = valid.order_by("-valid_from", "-pk").first()
    if found is None:
        raise NotAllowed
    return decrypt(found.value)
