"""What the access room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.access.actions import on_demo_staff_made, on_staff_invited, on_staff_joined
from dgs.core.access.permissions import Permission
from dgs.core.accounts.api import DemoStaffMade, StaffInvited, StaffJoined
from dgs.kernel.manifest import Room

ROOM = Room(
    slug="access",
    title=_("Access"),
    permissions=Permission,
    listens_to={StaffInvited: on_staff_invited, StaffJoined: on_staff_joined, DemoStaffMade: on_demo_staff_made},
)
