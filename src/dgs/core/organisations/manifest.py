"""What the organisations room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.api import AccountClosed, DemoStaffMade
from dgs.core.organisations.actions import on_account_closed, on_demo_staff_made
from dgs.core.organisations.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="organisations",
    title=_("Offices"),
    permissions=Permission,
    menu=(
        MenuItem(
            label=_("Positions and signatories"), url_name="organisations:positions", needs=Permission.APPOINT,
            icon="signature", order=82,
        ),
    ),
    listens_to={DemoStaffMade: on_demo_staff_made, AccountClosed: on_account_closed},
)
