"""Counting and accepting cash that was handed over: one form, on the treasurer's page and on that of a cashier."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.billing import actions
from dgs.core.billing.errors import AlreadyAccepted, DifferenceUnexplained
from dgs.core.billing.forms.cash import AcceptForm
from dgs.core.billing.models import HandOver
from dgs.ui import formats


class Acceptance:
    """What a page shows and does about a hand-over that this person may accept: the form, what was refused, the status."""

    def __init__(self, request, hand_over: HandOver) -> None:
        self.request = request
        self.hand_over = hand_over
        self.form = AcceptForm(request.POST or None)
        self.refusal: DifferenceUnexplained | None = None
        self.status = 200

    @property
    def is_offered(self) -> bool:
        """Whether the cash waits for another person than the one who asks."""
        return self.hand_over.accepted_at is None and self.hand_over.given_by_id != self.request.user.pk

    def is_done(self) -> bool:
        """Accept what was counted; False when the form has to be shown again."""
        self.status = 422
        if not self.form.is_valid():
            return False
        try:
            done = actions.accept_hand_over(
                hand_over_id=self.hand_over.pk, counted=Decimal(self.form.cleaned_data["counted"]),
                note=self.form.cleaned_data["note"], by=self.request.user, now=timezone.now(),
            )
        except DifferenceUnexplained as refusal:
            self.refusal, self.form.fields["note"].required = refusal, True
            return False
        except AlreadyAccepted as refusal:
            messages.info(self.request, str(refusal))
            return True
        said = _("Accepted: %(amount)s is now in the treasurer's cash.") % {"amount": formats.rupiah(done.counted)}
        messages.success(self.request, said)
        return True
