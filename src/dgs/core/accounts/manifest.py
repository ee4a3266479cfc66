"""What the accounts room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.audiences import EVERYONE
from dgs.core.accounts.permissions import Permission
from dgs.core.accounts.queries import reachable, whose
from dgs.core.accounts.sms import COMMANDS
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="accounts",
    title=_("Accounts"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("My profile"), url_name="accounts:profile", area="account", icon="user", order=80),
        MenuItem(
            label=_("Staff"), url_name="accounts:staff", needs=Permission.VIEW_STAFF, icon="users", order=80
        ),
    ),
    whose=whose,
    audiences=(EVERYONE,),
    reachable=reachable,
    sms_commands=COMMANDS,
)
