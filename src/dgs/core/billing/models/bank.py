"""Tables of what the bank says: accounts, statements and their lines, with what was found when a line came in."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models.bills import Bill


class BankAccount(models.Model):
    """An account of the region's treasury (RKUD) or of an office into which people pay.

    Kept by triggers: `booked`, the sum of its lines, and whether it `has_virtual_accounts`, of which a bank tells. Within
    `settles_in_days` bank days of a channel's message its money must stand on a statement.
    """

    bank = models.CharField(max_length=60)
    number = models.CharField(max_length=34, unique=True)
    holder = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="IDR")
    is_active = models.BooleanField(default=True)
    settles_in_days = models.PositiveSmallIntegerField(default=2, db_default=2)
    has_virtual_accounts = models.BooleanField(default=False, db_default=False)
    booked = models.DecimalField(max_digits=19, decimal_places=2, default=0, db_default=0)

    def __str__(self):
        return f"{self.bank} {self.number}"


class Statement(models.Model):
    """A bank statement file that was taken in whole; the same bytes twice are one statement of an account."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=8, choices=[("mt940", "MT940"), ("camt053", "CAMT.053"), ("csv", "CSV")])
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file as it came.")
    parts = models.JSONField(null=True, help_text="For each statement in the file its number, opening and closing balance.")
    line_count = models.PositiveIntegerField()
    new_count = models.PositiveIntegerField()
    matched_count = models.PositiveIntegerField()
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "sha256"], name="statement_once")]
        indexes = [models.Index(fields=["-taken_at"], name="statement_at")]

    @property
    def closing(self) -> Decimal | None:
        """What the account holds at its end, None where the file does not say it."""
        said = self.parts[-1][2] if self.parts else None
        return None if said is None else Decimal(said)


class Finding(models.TextChoices):
    """What was found when a line was compared with the bills."""

    MATCHED = "matched", _("matched")
    RECEIPT = "receipt", _("money of a channel")
    UNKNOWN_CODE = "unknown-code", _("unknown code")
    MANY_CODES = "many-codes", _("several codes")
    TOO_LITTLE = "too-little", _("too little")
    TOO_MUCH = "too-much", _("too much")
    ALREADY_PAID = "already-paid", _("already paid")
    CANCELLED = "cancelled", _("cancelled bill")
    OUTGOING = "outgoing", _("outgoing")
    REVERSAL = "reversal", _("credit reversed by the bank")
    NO_MONEY = "no-money", _("no amount")


class StatementLine(models.Model):
    """One booking at the bank. `fingerprint` makes a line that overlapping files repeat one line.

    `balance` is what the account held after it and `part` its statement's place in the file; both are NULL where the file
    does not say it, and for lines taken before they were kept.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    # Found by its unique constraint, which begins with the account.
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    file_line = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    part = models.PositiveIntegerField(null=True)
    balance = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    booked_on = models.DateField()
    amount = models.DecimalField(max_digits=17, decimal_places=2, help_text="Positive = money in.")
    reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=1000, blank=True)
    finding = models.CharField(max_length=16, choices=Finding.choices)
    finding_bill = models.ForeignKey(Bill, null=True, on_delete=models.PROTECT, related_name="findings")
    rest = models.DecimalField(
        max_digits=17,
        decimal_places=2,
        help_text="What no payment and no settlement explains; kept by a trigger. Not nought = listed.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "fingerprint"], name="statementline_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, rest__gte=0, rest__lte=models.F("amount"))
                | models.Q(amount__lte=0, rest__lte=0, rest__gte=models.F("amount")),
                name="statementline_used_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="statementline_on"),
            models.Index(
                fields=["booked_on", "id"],
                include=["finding", "rest", "finding_bill"],
                name="statementline_open",
                condition=~models.Q(rest=0),
            ),
            models.Index(fields=["amount", "-booked_on", "-id"], name="statementline_amount"),
        ]
