"""Tables of bills, statements and matches: append-only facts (guarded by triggers, see migrations); what is paid is derived."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dgs.core.billing import codes


class RevenueAccount(models.Model):
    """A revenue account (kode rekening) of the regional budget, with where the code comes from."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return f"{self.code} {self.name}"


class BankAccount(models.Model):
    """An account of the region's treasury (RKUD) or of an office into which people pay."""

    bank = models.CharField(max_length=60)
    number = models.CharField(max_length=34, unique=True)
    holder = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="IDR")
    is_active = models.BooleanField(default=True)

    def __str__(self):
        return f"{self.bank} {self.number}"


class Bill(models.Model):
    """What somebody owes; `payment_code` is what the payer writes with the transfer. Amounts are whole rupiah."""

    number = models.CharField(max_length=40, unique=True)
    payment_code = models.CharField(max_length=16, unique=True)
    payer = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="bills")
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=80, unique=True, help_text='What it is for, such as "cases.case:123".')
    total = models.DecimalField(max_digits=15, decimal_places=0)
    issued_at = models.DateTimeField()
    due_on = models.DateField()
    cancelled_at = models.DateTimeField(null=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(total__gt=0), name="bill_total_positive")]
        indexes = [
            models.Index(fields=["office", "-issued_at"], name="bill_office_at"),
            models.Index(fields=["-issued_at"], name="bill_at"),
            models.Index(fields=["total", "-issued_at"], name="bill_total"),
        ]

    def __str__(self):
        return self.number

    @property
    def grouped_code(self) -> str:
        """The payment code in groups of four."""
        return codes.grouped(self.payment_code)


class BillLine(models.Model):
    """One line of a bill under one revenue account; the lines of a bill add up to its total (checked at commit)."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(RevenueAccount, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit_amount = models.DecimalField(max_digits=15, decimal_places=0)
    amount = models.DecimalField(max_digits=15, decimal_places=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="billline_amount_positive")]


class BillStanding(models.Model):
    """The view `billing_standing`: the one definition of what is paid, used by every page, the API and letters."""

    bill = models.OneToOneField(Bill, primary_key=True, on_delete=models.DO_NOTHING, related_name="derived")
    total = models.DecimalField(max_digits=15, decimal_places=0)
    paid = models.DecimalField(max_digits=15, decimal_places=0)
    remaining = models.DecimalField(max_digits=15, decimal_places=0)
    state = models.CharField(
        max_length=9,
        choices=[("open", _("not yet paid")), ("part", _("partly paid")), ("paid", _("paid")), ("over", _("overpaid")),
                 ("cancelled", _("cancelled"))],
    )
    due_on = models.DateField()
    last_paid_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "billing_standing"


class Statement(models.Model):
    """A bank statement file that was taken in whole; the same bytes twice are one statement."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    sha256 = models.CharField(max_length=64, unique=True)
    format = models.CharField(max_length=8, choices=[("mt940", "MT940"), ("csv", "CSV"), ("camt053", "camt.053")])
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file as it came.")
    parts = models.JSONField(
        null=True, help_text="For each statement in the file its number, opening and closing balance."
    )
    line_count = models.PositiveIntegerField()
    new_count = models.PositiveIntegerField()
    matched_count = models.PositiveIntegerField()
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-taken_at"], name="statement_at")]


class Finding(models.TextChoices):
    """What was found when a line was compared with the bills."""

    MATCHED = "matched", _("matched")
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
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
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
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "fingerprint"], name="statementline_once")]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="statementline_on"),
            models.Index(
                fields=["finding", "-booked_on"], name="statementline_open",
                condition=models.Q(resolved_at=None) & ~models.Q(finding__in=["matched", "no-money"]),
            ),
        ]


class Payment(models.Model):
    """Money of one statement line applied to one bill, with the rule that says why.

    A line that was matched on arrival is applied whole; a line from the work list may be spread over several bills, never
    beyond its amount (checked by a trigger). `rule`: "code-and-amount", "code-and-remaining" or "assigned".
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="payments")
    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    rule = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True)
    paid_on = models.DateField(help_text="The day the bank booked it.")
    matched_at = models.DateTimeField()
    matched_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_amount_positive"),
        ]
        indexes = [models.Index(fields=["paid_on"], name="payment_on")]
