"""What the messaging room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.audiences import SUBSCRIBERS
from dgs.core.messaging.own_commands import OWN
from dgs.core.messaging.own_messages import unread_of
from dgs.core.messaging.own_reminders import OWN_REMINDERS
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.queries import page_of
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
        MenuItem(
            label=_("Reminders"), url_name="messaging:reminders", needs=Permission.MANAGE_REMINDERS, icon="bell", order=71
        ),
        MenuItem(
            label=_("Messages"), url_name="messaging:mine", area="account", icon="mail", order=30, count=unread_of,
        ),
        MenuItem(label=_("My reminders"), url_name="messaging:own_reminders", area="account", icon="bell", order=40),
        MenuItem(
            label=_("A message never arrived"), url_name="messaging:help", needs=Permission.VIEW_OUTBOX, icon="info", order=71
        ),
    ),
    sms_commands=OWN,
    reminders=OWN_REMINDERS,
    audiences=(SUBSCRIBERS,),
    page_of=page_of,
)
