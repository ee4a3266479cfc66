"""What the stewardship room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.stewardship.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="stewardship",
    title=_("Central register"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("My data"), url_name="stewardship:mine", area="account", icon="shield-check", order=50),
        MenuItem(
            label=_("Corrections of data"), url_name="stewardship:corrections", needs=Permission.DECIDE_CORRECTION, icon="edit",
            order=28,
        ),
    ),
)
