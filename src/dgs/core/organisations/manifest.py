"""What the organisations room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.api import DemoStaffMade
from dgs.core.organisations.actions import on_demo_staff_made
from dgs.kernel.manifest import Room

ROOM = Room(slug="organisations", title=_("Offices"), listens_to={DemoStaffMade: on_demo_staff_made})
