"""What the documents room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Room

ROOM = Room(slug="documents", title=_("Documents"))
