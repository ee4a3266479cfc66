"""What the access room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.access.actions.listening import on_account_closed, on_demo_staff_made, on_staff_invited, on_staff_joined
from dgs.core.access.permissions import Permission
from dgs.core.access.second_step import on_second_step_ending
from dgs.core.accounts.api import AccountClosed, DemoStaffMade, SecondStepEnding, StaffInvited, StaffJoined
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="access",
    title=_("Access"),
    permissions=Permission,
    menu=(
        MenuItem(
            label=_("Roles and access"), url_name="access:home", icon="key", order=81, needs=Permission.VIEW_GRANTS,
        ),
    ),
    listens_to={
        StaffInvited: on_staff_invited, StaffJoined: on_staff_joined, DemoStaffMade: on_demo_staff_made,
        AccountClosed: on_account_closed, SecondStepEnding: on_second_step_ending,
    },
)
