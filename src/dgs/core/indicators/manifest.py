"""What the indicators room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.indicators.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="indicators",
    title=_("Figures"),
    permissions=Permission,
    menu=(
        MenuItem(
            label=_("Performance"), url_name="indicators:executive", needs=Permission.VIEW_EXECUTIVE, icon="chart", order=30
        ),
    ),
)
