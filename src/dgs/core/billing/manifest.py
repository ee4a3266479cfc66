"""What the billing room plugs into the platform."""

from django.utils.translation import gettext_lazy as _

from dgs.core.billing.actions.answering import on_objection_answered, on_refund_moved, on_transfer_answered
from dgs.core.billing.events import ObjectionAnswered, RefundMoved, TransferAnswered
from dgs.core.billing.permissions import Permission
from dgs.core.billing.queries.bills import about_of_bill, page_of_bill
from dgs.core.billing.reminding import BILL_DUE
from dgs.core.billing.sms import COMMANDS
from dgs.kernel.manifest import MenuItem, Room

ROOM = Room(
    slug="billing",
    title=_("Billing"),
    permissions=Permission,
    menu=(
        MenuItem(label=_("My bills"), url_name="billing:mine", area="account", icon="money", order=20),
        MenuItem(label=_("Cash counter"), url_name="billing:counter", needs=Permission.TAKE_CASH, icon="money", order=39),
        MenuItem(label=_("Treasury"), url_name="billing:desk", needs=Permission.VIEW_DESK, icon="money", order=40),
        MenuItem(label=_("Work list"), url_name="billing:worklist", needs=Permission.RESOLVE_LINE, icon="inbox", order=41),
        MenuItem(label=_("Second person"), url_name="billing:proposals", needs=Permission.APPROVE, icon="check-circle", order=42),
        MenuItem(
            label=_("Bank statements"), url_name="billing:statements", needs=Permission.TAKE_STATEMENT, icon="upload", order=43
        ),
        MenuItem(
            label=_("Counter cash"), url_name="billing:counter_cash", needs=Permission.TAKE_STATEMENT, icon="money", order=44
        ),
        MenuItem(
            label=_("Confirmations of transfers"), url_name="billing:confirmations", needs=Permission.RESOLVE_LINE,
            icon="hourglass", order=41,
        ),
        MenuItem(
            label=_("Decisions on bills"), url_name="billing:office_bills", needs=Permission.VIEW_DESK, icon="stamp", order=45
        ),
        MenuItem(label=_("Refunds"), url_name="billing:refunds", needs=Permission.VIEW_DESK, icon="arrow-left", order=46),
    ),
    about_of=about_of_bill,
    page_of=page_of_bill,
    listens_to={
        TransferAnswered: on_transfer_answered, ObjectionAnswered: on_objection_answered, RefundMoved: on_refund_moved,
    },
    reminders=(BILL_DUE,),
    sms_commands=COMMANDS,
)
