"""Tables of money on its way: receipts of channels, payments to bills, and settlements that explain bank lines."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models.bank import BankAccount, StatementLine
from dgs.core.billing.models.bills import Bill

CHANNELS = [
    ("transfer", _("bank transfer")),
    ("va", _("virtual account")),
    ("qris", "QRIS"),
    ("cash", _("cash at the counter")),
    ("deposit", _("deposit of cash")),
]


class Receipt(models.Model):
    """A channel says that it has taken money for us; the bank line that brings it is found later (`unsettled` until then).

    `source` is the key of the fact where it arose; the same source is one receipt. What no payment applies to a bill is
    `unapplied` and stands on the work list. Of cash and deposits see cash.py: cash does not wait for a bank line of its own, a
    deposit pays no bill. Withdrawn money is a receipt with a negative amount that `undoes` the first.
    """

    source = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=8, choices=CHANNELS)
    bill = models.ForeignKey(Bill, null=True, on_delete=models.PROTECT, related_name="receipts")
    account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    shift = models.ForeignKey("billing.CashShift", null=True, on_delete=models.PROTECT, related_name="receipts")
    office = models.ForeignKey(
        "organisations.Office",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Of a deposit: whose cash it takes to the bank.",
    )
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    tendered = models.DecimalField(
        max_digits=15, decimal_places=0, null=True, help_text="Of cash: what the payer gave; the rest is the change."
    )
    reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    happened_on = models.DateField()
    received_at = models.DateTimeField()
    unapplied = models.DecimalField(max_digits=15, decimal_places=0, help_text="Kept by a trigger.")
    unsettled = models.DecimalField(max_digits=15, decimal_places=0, help_text="Kept by a trigger.")
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    undoes=None,
                    amount__gt=0,
                    unapplied__gte=0,
                    unapplied__lte=F("amount"),
                    unsettled__gte=0,
                    unsettled__lte=F("amount"),
                )
                | Q(undoes__isnull=False, amount__lt=0, unapplied=0, unsettled=0),
                name="receipt_used_once",
            ),
            models.CheckConstraint(
                condition=~Q(channel="deposit") | Q(office__isnull=False), name="receipt_deposit_of_office"
            ),
            models.CheckConstraint(
                condition=Q(tendered=None) | Q(tendered__gte=F("amount")), name="receipt_tendered_enough"
            ),
        ]
        indexes = [
            models.Index(
                fields=["happened_on", "id"], include=["unapplied"], name="receipt_unapplied", condition=~Q(unapplied=0)
            ),
            models.Index(
                fields=["account", "happened_on", "id"],
                include=["unsettled"],
                name="receipt_unsettled",
                condition=~Q(unsettled=0),
            ),
            models.Index(fields=["reference"], name="receipt_reference"),
            models.Index(fields=["-received_at"], name="receipt_at"),
            models.Index(fields=["happened_on", "id"], name="receipt_deposits", condition=Q(channel="deposit")),
        ]

    @property
    def change(self):
        """What the payer got back of the cash that was given, in rupiah."""
        return self.tendered - self.amount if self.tendered is not None else 0


class Payment(models.Model):
    """Money of one bank line or one receipt applied to one bill, with the rule and the evidence that say why.

    `amount` = principal + penalty + excess (what is beyond the bill: it is owed back). A payment is taken back by its negative
    twin (`undoes`), with the reason in `note`.
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="payments")
    line = models.ForeignKey(StatementLine, null=True, on_delete=models.PROTECT, related_name="payments")
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="payments")
    channel = models.CharField(max_length=8, choices=CHANNELS)
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    principal = models.DecimalField(max_digits=15, decimal_places=0)
    penalty = models.DecimalField(max_digits=15, decimal_places=0, default=0)
    excess = models.DecimalField(max_digits=15, decimal_places=0, default=0)
    rule = models.CharField(max_length=40)
    why = models.JSONField(default=dict, help_text="What the rule compared: code, amounts, days, references.")
    note = models.CharField(max_length=300, blank=True)
    paid_on = models.DateField(help_text="The day of the money: the bank's booking day, or the day the channel took it.")
    matched_at = models.DateTimeField()
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=F("principal") + F("penalty") + F("excess"))
                & (
                    Q(undoes=None, amount__gt=0, principal__gte=0, penalty__gte=0, excess__gte=0)
                    | Q(undoes__isnull=False, amount__lt=0, principal__lte=0, penalty__lte=0, excess__lte=0)
                ),
                name="payment_amounts_sound",
            ),
            models.CheckConstraint(
                condition=Q(line=None, receipt__isnull=False) | Q(line__isnull=False, receipt=None), name="payment_one_source"
            ),
        ]
        indexes = [
            models.Index(fields=["paid_on", "id"], include=["undoes"], name="payment_on"),
            models.Index(
                fields=["paid_on", "id"], include=["line", "amount", "undoes"], name="payment_inside",
                condition=Q(why__has_key="inside"),
            ),
        ]


class Outcome(models.TextChoices):
    """What money was, that is neither a bill's nor a receipt's; the values are accounts of the ledger."""

    OTHER_INCOME = "other_income", _("other income of the region")
    RETURNED = "returned", _("given back to the sender")
    BANK_CHARGES = "bank_charges", _("charges or interest of the bank")
    OWN_ACCOUNTS = "own_accounts", _("moved between the region's own accounts")
    BANK_ERROR = "bank_error", _("booked by mistake and put right by the bank")
    OPENING = "opening", _("from before DGS")
    CASH_DIFFERENCE = "cash_difference", _("cash difference")


class Settlement(models.Model):
    """Explains money: a line brings the money of a receipt, or pays a refund, or was something else (`outcome`).

    Of a receipt alone: BANK_CHARGES is what the channel kept of it, so that no line brings it; any other outcome is what its
    money was that fits no bill (given back, other income).

    `amount` has the sign of the line; of a receipt alone it is positive. Taken back by its negative twin.
    """

    line = models.ForeignKey(StatementLine, null=True, on_delete=models.PROTECT, related_name="settlements")
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="settlements")
    refund = models.ForeignKey("billing.Refund", null=True, on_delete=models.PROTECT, related_name="settlements")
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    amount = models.DecimalField(max_digits=17, decimal_places=2)
    rule = models.CharField(max_length=40)
    why = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(line__isnull=False, receipt__isnull=False, refund=None, outcome="")
                | Q(line__isnull=False, receipt=None, refund__isnull=False, outcome="")
                | (Q(line__isnull=False, receipt=None, refund=None) & ~Q(outcome=""))
                | (Q(line=None, receipt__isnull=False, refund=None) & ~Q(outcome="")),
                name="settlement_two_sides",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="settlement_not_nought"),
        ]
