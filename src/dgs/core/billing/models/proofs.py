"""The table of proofs of payment: which number stands for which money; the signed file is the documents room's."""

from django.db import models
from django.db.models import Q

from dgs.core.billing.models.bills import Bill
from dgs.core.billing.models.money import Payment


class Proof(models.Model):
    """A numbered proof of payment: of a bill that is paid in full (`is_whole`), or of one payment.

    `payment` is the payment, of a whole proof the last one that it lists; `amount` the principal and penalty it proves. Its
    document is issued for `about`. It is withdrawn when a payment that it lists is taken back; it is never changed otherwise.
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="proofs")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="proofs")
    is_whole = models.BooleanField()
    number = models.CharField(max_length=40, unique=True)
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bill"], name="proof_one_whole", condition=Q(is_whole=True, withdrawn_at=None)
            ),
            models.UniqueConstraint(fields=["payment"], name="proof_one_part", condition=Q(is_whole=False)),
            models.CheckConstraint(condition=Q(amount__gte=0), name="proof_amount_positive"),
        ]

    PREFIX = "billing.proof:"

    @property
    def about(self) -> str:
        """What its document is issued for."""
        return f"{self.PREFIX}{self.pk}"
