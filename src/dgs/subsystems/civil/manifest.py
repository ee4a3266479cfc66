"""What the civil subsystem plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Subsystem

SUBSYSTEM = Subsystem(
    slug="civil",
    title=_("Civil registration"),
    office_kind="civil-registration",
    services=("birth_certificate",),
)
