"""What a new database is filled with: regions, holidays, offices, roles, accounts, services; no cases here."""

from __future__ import annotations

from datetime import datetime


def regions() -> str:
    """All regions of Indonesia."""
    from dgs.core.regions import api

    return _told(api.load_regions())


def holidays() -> str:
    """National holidays, and the home region's own."""
    from dgs.core.regions import api

    return _told(api.load_holidays())


def offices(region: str) -> str:
    """The office tree of a region with its positions."""
    from dgs.core.organisations import api

    return _told(api.load_region_offices(region))


def roles() -> str:
    """The roles and what each may do."""
    from dgs.core.access import api

    return _told(api.load_roles())


def demo_accounts(region: str) -> str:
    """Invented people with known passwords: for the demo and the tests only."""
    from dgs.core.accounts import api

    return _told(api.load_demo_accounts(region))


def money(region: str) -> str:
    """The chart of revenue accounts, and the bank accounts of the region's data file."""
    from dgs.core.billing import api

    api.load_bank_accounts(region)
    return f"{api.load_revenue_accounts() + api.load_charge_kinds()} accounts and kinds of charge"


def bank(region: str) -> str:
    """A bank to play with, for the demo only."""
    from dgs.core.banking import api

    partner = api.load_demo_partner(region)
    return partner.name if partner else "none"


def application(region: str) -> str:
    """The sample application of examples/legacy_app, for the demo only."""
    from dgs.core.signon import api

    made = api.load_demo_application()
    return made.name if made else "none"


def topics() -> str:
    """Topics that the demo's people can subscribe to, with two who do; once, for staff go on with them."""
    from django.utils import timezone

    from dgs.core.accounts import api as accounts
    from dgs.core.messaging import api

    now, by = timezone.now(), accounts.user_by_login("humas@dgs.example")
    named = (("BANJIR", "Peringatan banjir", "Flood warnings"), ("PANGAN", "Harga pangan", "Food prices"))
    made = [api.new_topic(word=word, title_id=title_id, title_en=title_en, by=by, now=now) for word, title_id, title_en in named]
    for login in ("siti@dgs.example", "budi@dgs.example"):
        user = accounts.user_by_login(login)
        api.subscribe(
            topic=made[0], channel="sms", address=user.phone, language=user.language, party_id=user.party_id,
            region_id=user.party.region_id, now=now,
        )
    return f"{len(made)} topics"


def services(*, now: datetime, by_name: str = "system") -> str:
    """Publish every service definition that a subsystem declares; what has not changed stays as it is."""
    from dgs.core.services import api
    from dgs.kernel import registry

    published = [
        api.publish(folder, subsystem=subsystem.slug, by_name=by_name, now=now)
        for subsystem, folder in registry.service_folders()
    ]
    return f"{len(published)} services"


def _told(result: object) -> str:
    """What a loader answered, as a remark: how many there are."""
    return f"{len(result) if isinstance(result, list | tuple) else result:,}"
