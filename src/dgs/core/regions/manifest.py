"""What the regions room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.regions.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="regions",
    title=_("Regions"),
    permissions=Permission,
    menu=(MenuItem(label=_("Working calendar"), url_name="regions:calendar", icon="calendar", order=80),),
)
