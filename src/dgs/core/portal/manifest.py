"""What the portal room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Room

ROOM = Room(slug="portal", title=_("Portal"))
