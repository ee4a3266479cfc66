"""What the banking room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.banking.permissions import Permission
from dgs.kernel.manifest import Room

ROOM = Room(slug="banking", title=_("Bank connections"), permissions=Permission)
