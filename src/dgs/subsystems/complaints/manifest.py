"""What the complaints subsystem plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Subsystem

SUBSYSTEM = Subsystem(slug="complaints", title=_("Complaints"), office_kind="one-stop", services=("complaint",))
