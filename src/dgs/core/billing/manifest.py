"""What the billing room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.billing.permissions import Permission
from dgs.kernel.manifest import Room

ROOM = Room(
    slug="billing",
    title=_("Billing"),
    permissions=Permission,
)
