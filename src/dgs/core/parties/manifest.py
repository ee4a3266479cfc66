"""What the parties room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.parties.permissions import Permission
from dgs.kernel.manifest import Room

ROOM = Room(slug="parties", title=_("People and businesses"), permissions=Permission)
