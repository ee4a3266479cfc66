"""What the documents room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.documents.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="documents",
    title=_("Documents"),
    permissions=Permission,
    menu=(
        MenuItem(
            label=_("Check a document"), url_name="documents:verify_start", area="site", icon="shield", order=40
        ),
    ),
)
