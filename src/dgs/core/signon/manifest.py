"""What the signon room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.api import AccountClosed
from dgs.core.signon.actions.sign_ons import on_account_closed
from dgs.core.signon.permissions import Permission
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="signon",
    title=_("Single sign-on"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("Connected applications"), url_name="signon:mine", area="account", icon="link", order=70),
        MenuItem(
            label=_("Offices' applications"), url_name="signon:applications", needs=Permission.MANAGE_APPLICATIONS, icon="link",
            order=82,
        ),
    ),
    listens_to={AccountClosed: on_account_closed},
)
