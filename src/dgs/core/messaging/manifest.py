"""What the messaging room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.own_commands import OWN
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.queries import page_of_inbound
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
            label=_("A message never arrived"), url_name="messaging:help", needs=Permission.VIEW_OUTBOX, icon="info", order=71
        ),
    ),
    sms_commands=OWN,
    page_of=page_of_inbound,
)
