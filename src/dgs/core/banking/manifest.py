"""What the banking room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.banking.channels import CHANNELS
from dgs.core.banking.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="banking",
    title=_("Bank connections"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("Bank connections"), url_name="banking:partners", needs=Permission.VIEW_PARTNERS, icon="link", order=46),
    ),
    payment_channels=CHANNELS,
)
