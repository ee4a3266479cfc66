"""What the advertising subsystem plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Subsystem

SUBSYSTEM = Subsystem(slug="advertising", title=_("Advertising"), office_kind="one-stop", services=("advertisement_permit",))
