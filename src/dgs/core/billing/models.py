"""Tables of bills, statements and matches: append-only facts; what is paid is derived (see queries)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RevenueAccount(models.Model):
    """A revenue account (kode rekening) of the regional budget; source and year beside it."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)


class BankAccount(models.Model):
    """An account of the region's treasury (RKUD) or of an office into which people pay."""

    bank = models.CharField(max_length=60)
    number = models.CharField(max_length=34, unique=True)
    holder = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="IDR")

    def __str__(self):
        return f"{self.bank} {self.number}"


class Bill(models.Model):
    """What somebody owes; `payment_code` is what the payer writes with the transfer. Amounts are whole rupiah."""

    number = models.CharField(max_length=40, unique=True)
    payment_code = models.CharField(max_length=16, unique=True)
    payer = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="bills")
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT)
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=80, unique=True, help_text='What it is for, such as "cases.case:123".')
    total = models.DecimalField(max_digits=15, decimal_places=0)
    issued_at = models.DateTimeField()
    due_on = models.DateField()
    cancelled_at = models.DateTimeField(null=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(total__gt=0), name="bill_total_positive")]
        indexes = [models.Index(fields=["office", "-issued_at"], name="bill_office_at")]


class BillLine(models.Model):
    """One line of a bill under one revenue account."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(RevenueAccount, on_delete=models.PROTECT)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit_amount = models.DecimalField(max_digits=15, decimal_places=0)
    amount = models.DecimalField(max_digits=15, decimal_places=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="billline_amount_positive")]


class Statement(models.Model):
    """A bank statement file that was taken in whole; the same bytes twice are one statement."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    sha256 = models.CharField(max_length=64, unique=True)
    format = models.CharField(max_length=8, choices=[("mt940", "MT940"), ("csv", "CSV")])
    file_name = models.CharField(max_length=200)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()


class StatementLine(models.Model):
    """One booking at the bank. `fingerprint` makes a line that overlapping files repeat one line."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    fingerprint = models.CharField(max_length=64)
    booked_on = models.DateField()
    amount = models.DecimalField(max_digits=15, decimal_places=0, help_text="Positive = money in.")
    reference = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=500, blank=True)
    finding = models.CharField(
        max_length=16,
        choices=[("matched", _("matched")), ("unknown-code", _("unknown code")), ("too-little", _("too little")),
                 ("too-much", _("too much")), ("already-paid", _("already paid")), ("cancelled", _("cancelled bill")),
                 ("outgoing", _("outgoing"))],
    )
    finding_bill = models.ForeignKey(Bill, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "fingerprint"], name="statementline_once")]
        indexes = [
            models.Index(fields=["-booked_on"], name="statementline_on"),
            models.Index(
                fields=["finding", "-booked_on"], name="statementline_open",
                condition=models.Q(resolved_at=None) & ~models.Q(finding="matched"),
            ),
        ]


class Payment(models.Model):
    """Money of one statement line applied to one bill, with the rule that says why."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="payments")
    line = models.OneToOneField(StatementLine, on_delete=models.PROTECT, related_name="payment")
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    rule = models.CharField(max_length=40)
    matched_at = models.DateTimeField()
    matched_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_amount_positive")]
