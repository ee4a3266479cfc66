"""What the ledger room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.ledger.permissions import Permission
from dgs.kernel.manifest import Room

ROOM = Room(slug="ledger", title=_("Ledger"), permissions=Permission)
