"""Tables of what people say and decide about money: a payer's confirmation, a proposal for a second person, a refund."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models.bills import Bill


class Proposal(models.Model):
    """An act that needs a second person: who proposes it, with what, and how another person decided.

    `act` names a handler of proposals.py, `values` its arguments as JSON; approving runs it against the facts of that moment.
    """

    act = models.CharField(
        max_length=24,
        choices=[
            ("assign", _("apply to a bill")),
            ("settle", _("explain")),
            ("adjust", _("change a bill")),
            ("objection", _("answer an objection")),
            ("cancel", _("cancel a bill")),
            ("plan", _("pay in parts")),
            ("refund", _("give back")),
            ("withdraw", _("declare that the money never came")),
        ],
    )
    values = models.JSONField()
    subject = models.CharField(max_length=80, db_index=True, help_text='What it is about, such as "billing.statementline:7".')
    office = models.ForeignKey("organisations.Office", null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=17, decimal_places=2, default=0)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_approved = models.BooleanField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "subject"], name="proposal_one_open", condition=models.Q(decided_at=None)),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | models.Q(is_approved=False) | ~models.Q(decided_by=models.F("by")),
                name="proposal_second_person",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="proposal_open", condition=models.Q(decided_at=None))]


class Noted(models.Model):
    """Somebody looked at what the work list shows beside money (such as a missing message of a bank): nothing is left to do."""

    subject = models.CharField(max_length=80, unique=True, help_text='Such as "billing.payment:7".')
    note = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Refund(models.Model):
    """Money to be given back (restitusi) of what a bill was overpaid, as approved; the bank line that pays it settles it.

    `amount` = principal + penalty, reckoned by a trigger: what came beyond the principal first. What nobody has paid out is
    withdrawn by its negative twin (`undoes`).
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=40, unique=True)
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    to_bank = models.CharField(max_length=60)
    to_account = models.CharField(max_length=34)
    to_holder = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    decision_number = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    unpaid = models.DecimalField(max_digits=15, decimal_places=0, help_text="Kept by a trigger.")
    principal = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    penalty = models.DecimalField(max_digits=15, decimal_places=0, default=0, db_default=0)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount=models.F("principal") + models.F("penalty"))
                & (
                    models.Q(
                        undoes=None, amount__gt=0, principal__gte=0, penalty__gte=0, unpaid__gte=0, unpaid__lte=models.F("amount")
                    )
                    | models.Q(undoes__isnull=False, amount__lt=0, principal__lte=0, penalty__lte=0, unpaid=0)
                ),
                name="refund_amounts_sound",
            ),
            models.CheckConstraint(condition=~models.Q(approved_by=models.F("by")), name="refund_second_person"),
        ]


class Confirmation(models.Model):
    """What a payer says about a transfer: its number, day and hour, amount. It helps to find the bank line."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="confirmations")
    channel = models.CharField(max_length=5, choices=[("web", "web"), ("email", "e-mail"), ("sms", "SMS")])
    transfer_number = models.CharField(max_length=60)
    transferred_at = models.DateTimeField(help_text="Day and hour as the payer's slip says.")
    transferred_on = models.DateField()
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    sender_bank = models.CharField(max_length=60, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    contact = models.CharField(
        max_length=120, blank=True, help_text="Address that an answer goes to, where it did not come from an account."
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=8, blank=True, choices=[("found", _("found")), ("refused", _("not found")), ("replaced", _("said again"))]
    )
    answer = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill"], name="confirmation_one_open", condition=models.Q(answered_at=None)),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="confirmation_positive"),
        ]
        indexes = [
            models.Index(fields=["amount", "transferred_on"], name="confirmation_open", condition=models.Q(answered_at=None))
        ]
