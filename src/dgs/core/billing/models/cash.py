"""Tables of cash at the counter: shifts, their closing counts, and hand-overs to the treasurer; receipts are in money.py."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CashShift(models.Model):
    """A cashier's time at a counter: opened with the change in the drawer, closed once by a count."""

    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT, related_name="+")
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    counter = models.CharField(max_length=60)
    float_amount = models.DecimalField(
        max_digits=15, decimal_places=0, default=0, help_text="Change that was put in; not the region's income."
    )
    opened_at = models.DateTimeField()
    is_closed = models.BooleanField(default=False, help_text="Kept by a trigger.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cashier"], name="cashshift_one_open", condition=models.Q(is_closed=False)),
            models.CheckConstraint(condition=models.Q(float_amount__gte=0), name="cashshift_float_positive"),
        ]


class ShiftClosing(models.Model):
    """The count at the end of a shift. `expected` = receipts of the shift.

    `difference` = counted - float - expected, with its reason.
    """

    shift = models.OneToOneField(CashShift, on_delete=models.PROTECT, related_name="closing")
    notes = models.JSONField(help_text="How many of each note and coin, by its value.")
    counted = models.DecimalField(max_digits=15, decimal_places=0)
    expected = models.DecimalField(max_digits=15, decimal_places=0)
    difference = models.DecimalField(max_digits=15, decimal_places=0)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(difference=0) | ~models.Q(reason=""), name="shiftclosing_difference_explained"
            ),
        ]


class HandOver(models.Model):
    """Cash of a closed shift handed to the treasurer, who counts and accepts it.

    Given by the cashier; of a shift that the treasurer closed in the cashier's place by that treasurer, and then another
    person accepts it, who may be the cashier. What is counted at the acceptance may differ; `note` says why.
    """

    shift = models.OneToOneField(CashShift, on_delete=models.PROTECT, related_name="hand_over")
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    counted = models.DecimalField(
        max_digits=15, decimal_places=0, null=True, help_text="What was counted when it was accepted."
    )
    note = models.CharField(max_length=300, blank=True, help_text="Why the count differs.")

    class Meta:
        verbose_name = _("hand-over")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="handover_positive"),
            models.CheckConstraint(
                condition=models.Q(accepted_by=None) | ~models.Q(accepted_by=models.F("given_by")),
                name="handover_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, counted=None)
                | models.Q(accepted_at__isnull=False, counted__isnull=False, counted__gte=0),
                name="handover_counted",
            ),
            models.CheckConstraint(
                condition=models.Q(counted=None) | models.Q(counted=models.F("amount")) | ~models.Q(note=""),
                name="handover_difference_explained",
            ),
        ]

    @property
    def difference(self):
        """What was counted at the acceptance less what was handed over; None before it."""
        return None if self.counted is None else self.counted - self.amount
