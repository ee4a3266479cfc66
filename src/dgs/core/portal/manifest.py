"""What the portal room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.api import SecondStepEnding
from dgs.core.portal.second_step import on_second_step_ending
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="portal",
    title=_("Portal"),
    menu=(MenuItem(label=_("Help"), url_name="portal:help", area="site", icon="question", order=90),),
    listens_to={SecondStepEnding: on_second_step_ending},
)

FOOTER = (
    MenuItem(label=_("Offices"), url_name="portal:offices", area="site", icon="building"),
    MenuItem(label=_("Privacy"), url_name="portal:privacy", area="site", icon="lock"),
    MenuItem(label=_("Accessibility"), url_name="portal:accessibility", area="site", icon="eye"),
)
