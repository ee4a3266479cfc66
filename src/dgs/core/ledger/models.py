"""Tables of the ledger: accounts, entries and their postings, totals by day, closings; all append-only but the totals."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """A ledger account. `code` is our fixed name of its role, `chart_code` the region's own code in its chart (BAS)."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=120)
    chart_code = models.CharField(max_length=24, blank=True)
    kind = models.CharField(
        max_length=9,
        choices=[
            ("asset", _("asset")),
            ("liability", _("liability")),
            ("equity", _("equity")),
            ("revenue", _("revenue")),
            ("expense", _("expense")),
        ],
    )
    source = models.CharField(max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    def __str__(self):
        return self.name


class Entry(models.Model):
    """One act in the books. `kind` and `source` name the fact it records; the same fact has one entry."""

    kind = models.CharField(max_length=12)
    source = models.BigIntegerField()
    booked_on = models.DateField(help_text="The accounting day: the day of the fact, or the first open day after it.")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source"], name="entry_once")]
        indexes = [models.Index(fields=["-booked_on", "-id"], name="entry_on")]


class Posting(models.Model):
    """One side of an entry: positive = debit, negative = credit, in rupiah with two decimals (a bank may book sen).

    Entry and account are proven by the trigger that checks the entry and adds to the totals: see migration 0006.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    booked_on = models.DateField()
    amount = models.DecimalField(max_digits=19, decimal_places=2)
    office = models.ForeignKey(
        "organisations.Office", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    revenue = models.CharField(max_length=24, blank=True, help_text="Revenue account (kode rekening).")
    region = models.CharField(max_length=13, blank=True)
    channel = models.CharField(max_length=8, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "booked_on"], name="posting_account_on")]


class Total(models.Model):
    """What was posted in a day to an account, by office, revenue account and channel; kept by a trigger.

    `lane` spreads one sum over several rows, so that parallel transactions do not wait for each other; those of days gone by
    are put together at night (ledger_fold_totals). Regions are too many for totals: they are summed from the postings.
    """

    booked_on = models.DateField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    office = models.IntegerField(default=0)
    revenue = models.CharField(max_length=24, blank=True)
    channel = models.CharField(max_length=8, blank=True)
    lane = models.SmallIntegerField()
    debit = models.DecimalField(max_digits=19, decimal_places=2)
    credit = models.DecimalField(max_digits=19, decimal_places=2)
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "booked_on", "office", "revenue", "channel", "lane"], name="total_once"
            )
        ]
        indexes = [
            models.Index(fields=["booked_on"], name="total_on"),
            models.Index(fields=["booked_on"], name="total_lanes", condition=~models.Q(lane=0)),
        ]


class Closing(models.Model):
    """A day or a year was closed: nothing is posted on days up to `through` any more."""

    kind = models.CharField(max_length=4, choices=[("day", _("day")), ("year", _("year"))])
    through = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField(help_text="Balances at closing, by account, and what the bank said.")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "through"], name="closing_once")]
