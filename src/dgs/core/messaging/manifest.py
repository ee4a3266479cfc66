"""What the messaging room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.own_commands import OWN
from dgs.core.messaging.own_messages import unread_of
from dgs.core.messaging.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="messaging",
    title=_("Messages"),
    permissions=Permission,
    menu=(
        MenuItem(
            label=_("Messages"), url_name="messaging:outbox", needs=Permission.VIEW_OUTBOX, icon="mail", order=70
        ),
        MenuItem(
            label=_("Messages"), url_name="messaging:mine", area="account", icon="mail", order=30, count=unread_of,
        ),
    ),
    sms_commands=OWN,
)
