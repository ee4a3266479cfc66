"""What the cases room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.api import AccountClosed, CitizenJoined
from dgs.core.billing.api import BillPaid
from dgs.core.cases.actions.automatic import on_bill_paid
from dgs.core.cases.actions.claims import on_account_closed
from dgs.core.cases.actions.reports import on_citizen_joined
from dgs.core.cases.audiences import APPLICANTS
from dgs.core.cases.permissions import Permission
from dgs.core.cases.queries import about_of_reference, page_of_case
from dgs.core.cases.reminding import PERMIT_END, on_document_withdrawn
from dgs.core.cases.sms import COMMANDS
from dgs.core.documents.api import DocumentWithdrawn
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="cases",
    title=_("Cases"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("Track"), url_name="cases:track", area="site", icon="track", order=20),
        MenuItem(label=_("My applications"), url_name="cases:mine", area="account", icon="document", order=10),
        MenuItem(label=_("Desk"), url_name="cases:desk", needs=Permission.VIEW_DESK, icon="inbox", order=10),
        MenuItem(label=_("Counter"), url_name="cases:counter", needs=Permission.ENTER_COUNTER, icon="user", order=20),
        MenuItem(label=_("Reports by SMS"), url_name="cases:reports", needs=Permission.VIEW_DESK, icon="phone", order=25),
    ),
    listens_to={
        BillPaid: on_bill_paid, DocumentWithdrawn: on_document_withdrawn, CitizenJoined: on_citizen_joined,
        AccountClosed: on_account_closed,
    },
    about_of=about_of_reference,
    audiences=(APPLICANTS,),
    reminders=(PERMIT_END,),
    page_of=page_of_case,
    sms_commands=COMMANDS,
)
