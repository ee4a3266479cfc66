"""What the audit room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.audit.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="audit",
    title=_("Audit"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("Audit record"), url_name="audit:log", needs=Permission.VIEW_LOG, icon="shield", order=90),
    ),
)
