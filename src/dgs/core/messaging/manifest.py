"""What the messaging room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.audiences import SUBSCRIBERS
from dgs.core.messaging.own_commands import OWN
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
        MenuItem(label=_("Broadcasts"), url_name="messaging:broadcasts", needs=Permission.BROADCAST, icon="send", order=72),
    ),
    sms_commands=OWN,
    audiences=(SUBSCRIBERS,),
)
