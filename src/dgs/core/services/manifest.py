"""What the services room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.services.permissions import Permission
from dgs.core.services.sms import COMMANDS
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="services",
    title=_("Services"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("Services"), url_name="services:catalogue", area="site", icon="document", order=10),
        MenuItem(
            label=_("Words of services"), url_name="services:wordings", needs=Permission.VIEW_WORDING, icon="edit", order=75
        ),
    ),
    sms_commands=COMMANDS,
)
