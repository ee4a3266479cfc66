"""Tables of what is owed: bills, their lines, runs, kinds of charge, and the decisions that change an amount."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dgs.core.billing import codes

# Only such bills can be overpaid: more came than the principal is, or a penalty was paid and the bill was changed since. With the
# penalty reckoned in, the standing says which of them are.
PERHAPS_OVERPAID = models.Q(principal_paid__gt=models.F("total") + models.F("adjusted")) | models.Q(penalty_paid__gt=0) & (
    ~models.Q(adjusted=0) | ~models.Q(penalty_adjusted=0) | models.Q(plan__gt=0)
)


class RevenueAccount(models.Model):
    """A revenue account (kode rekening) of the regional budget, with where the code comes from."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return f"{self.code} {self.name}"


class ChargeKind(models.Model):
    """How a kind of charge is treated when it is late, and what its receipt is called; from when on, by which law.

    A bill keeps the row that was valid when it was issued; a new rule is a new row. `monthly_rate` is a share of the principal
    (0.01 = 1 %) for each month begun, at most `max_months`; the penalty is rounded to `rounding_unit` rupiah.
    """

    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    valid_from = models.DateField()
    monthly_rate = models.DecimalField(max_digits=7, decimal_places=5, default=0)
    max_months = models.PositiveSmallIntegerField(default=24)
    rounding = models.CharField(
        max_length=7, default="down", choices=[("down", _("down")), ("up", _("up")), ("nearest", _("to the nearest"))]
    )
    rounding_unit = models.PositiveIntegerField(default=1)
    is_penalty_first = models.BooleanField(default=False, help_text="Whether money goes to the penalty before the principal.")
    penalty_account = models.ForeignKey(RevenueAccount, null=True, on_delete=models.PROTECT, related_name="+")
    receipt_title = models.CharField(max_length=120)
    receipt_short = models.CharField(max_length=10)
    source = models.CharField(max_length=300, blank=True)
    is_checked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="chargekind_once"),
            models.CheckConstraint(
                condition=models.Q(monthly_rate__gte=0, monthly_rate__lte=1, rounding_unit__gt=0, max_months__lte=120),
                name="chargekind_sound",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def basis(self) -> str:
        """The law that `source` names, without what it says after the dash."""
        return self.source.partition(" - ")[0]


class BillRun(models.Model):
    """Many bills issued by one act, such as a year's tax; it has one entry in the ledger."""

    name = models.CharField(max_length=200)
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=18, decimal_places=0)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class Bill(models.Model):
    """What somebody owes; `payment_code` is what the payer writes with the transfer. Amounts are whole rupiah.

    `paid`, `refunded`, `principal_paid`, `penalty_paid`, `adjusted`, `penalty_adjusted` and `written_off` are sums of facts, kept
    by triggers and by nothing else. What is owed of the principal is `total + adjusted`; `paid` is all that came, and less
    `refunded` it is `principal_paid` + `penalty_paid`: what came beyond the bill counts as principal.
    """

    number = models.CharField(max_length=40, unique=True)
    payment_code = models.CharField(max_length=16, unique=True)
    payer = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="bills")
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT, related_name="+", db_index=False)
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=80, unique=True, help_text='What it is for, such as "cases.case:123".')
    total = models.DecimalField(max_digits=15, decimal_places=0)
    issued_at = models.DateTimeField()
    due_on = models.DateField()
    kind = models.ForeignKey(ChargeKind, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(BillRun, null=True, on_delete=models.PROTECT, related_name="bills", db_index=False)
    region = models.CharField(max_length=13, blank=True, help_text="Code of the region of what is charged, for reports.")
    paid = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    principal_paid = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    penalty_paid = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    written_off = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    adjusted = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    penalty_adjusted = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    refunded = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    plan = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="The instalment plan in force; 0 = none.")
    last_paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(total__gt=0), name="bill_total_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    principal_paid__gte=0, penalty_paid__gte=0, refunded__gte=0, written_off__gte=0,
                    paid=models.F("refunded") + models.F("principal_paid") + models.F("penalty_paid"),
                ),
                name="bill_sums_sound",
            ),
            models.CheckConstraint(condition=models.Q(total__gte=-models.F("adjusted")), name="bill_not_below_nought"),
        ]
        indexes = [
            models.Index(fields=["office", "-issued_at"], name="bill_office_at"),
            models.Index(fields=["-issued_at"], name="bill_at"),
            models.Index(fields=["total", "-issued_at"], name="bill_total"),
            models.Index(
                fields=["due_on"],
                name="bill_open",
                include=["office", "total", "adjusted", "principal_paid"],
                condition=models.Q(cancelled_at=None, principal_paid__lt=models.F("total") + models.F("adjusted")),
            ),
            models.Index(fields=["run"], name="bill_run", condition=models.Q(run__isnull=False)),
            models.Index(fields=["last_paid_at"], name="bill_over", condition=PERHAPS_OVERPAID),
        ]

    def __str__(self):
        return self.number

    @property
    def grouped_code(self) -> str:
        """The payment code in groups of four."""
        return codes.grouped(self.payment_code)


class BillLine(models.Model):
    """One line of a bill under one revenue account; the lines of a bill come in one statement and add up to its total."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(RevenueAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit_amount = models.DecimalField(max_digits=15, decimal_places=0)
    amount = models.DecimalField(max_digits=15, decimal_places=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="billline_amount_positive")]


class Adjustment(models.Model):
    """A decision that changes what a bill asks: `amount` of the principal and `penalty` of the penalty, negative = less.

    `shares` is none: what was paid as a penalty that is asked no more counts as principal from then on (`moved`).
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(
        max_length=12,
        choices=[
            ("reduction", _("reduction")),
            ("objection", _("objection granted")),
            ("cancellation", _("cancellation")),
            ("correction", _("correction")),
            ("write-off", _("write-off")),
            ("shares", _("penalty counted as principal")),
        ],
    )
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    penalty = models.DecimalField(max_digits=15, decimal_places=0, default=0)
    moved = models.DecimalField(
        max_digits=15, decimal_places=0, default=0, db_default=0,
        help_text="From the penalty paid to the principal paid; negative = back.",
    )
    account = models.ForeignKey(
        RevenueAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Of an addition: what it is booked under.",
    )
    decision_number = models.CharField(max_length=80, blank=True)
    decided_on = models.DateField()
    document = models.CharField(max_length=64, blank=True, help_text="The decision as a file: id of a documents.StoredFile.")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(moved=0) | models.Q(amount=0, penalty=0, kind="shares"), name="adjustment_moves_alone"
            )
        ]


class Instalment(models.Model):
    """One part of a bill that may be paid in parts: the last plan (`plan` counts up) takes the place of the bill's due date."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="instalments")
    plan = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    decision_number = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill", "plan", "number"], name="instalment_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="instalment_positive"),
        ]


class Objection(models.Model):
    """A payer disputes a bill; until it is decided the bill stands as disputed. Paying is not put off by it."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="objections")
    text = models.CharField(max_length=2000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_granted = models.BooleanField(null=True)
    answer = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bill"], name="objection_one_open", condition=models.Q(decided_at=None))]


class BillStanding(models.Model):
    """The view `billing_standing`: the one definition of what is owed and paid today, used by every page, the API and letters."""

    bill = models.OneToOneField(Bill, primary_key=True, on_delete=models.DO_NOTHING, related_name="derived")
    total = models.DecimalField(max_digits=15, decimal_places=0)
    principal = models.DecimalField(max_digits=15, decimal_places=0, help_text="Principal still to pay.")
    penalty = models.DecimalField(max_digits=15, decimal_places=0, help_text="Penalty still to pay.")
    paid = models.DecimalField(max_digits=15, decimal_places=0)
    remaining = models.DecimalField(max_digits=15, decimal_places=0)
    over = models.DecimalField(max_digits=15, decimal_places=0, help_text="Paid beyond what is owed and not given back.")
    state = models.CharField(
        max_length=11,
        choices=[
            ("open", _("not yet paid")),
            ("part", _("partly paid")),
            ("paid", _("paid")),
            ("over", _("overpaid")),
            ("cancelled", _("cancelled")),
            ("written_off", _("written off")),
        ],
    )
    is_late = models.BooleanField()
    is_disputed = models.BooleanField()
    due_on = models.DateField()
    last_paid_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "billing_standing"
