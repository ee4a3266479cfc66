"""What the transport subsystem plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Subsystem

SUBSYSTEM = Subsystem(slug="transport", title=_("Transport"), office_kind="transport", services=("route_permit",))
