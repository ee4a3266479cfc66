"""What is asked about a bank line that waits for a decision."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.forms.fields import Rupiah
from dgs.core.billing.models import Outcome
from dgs.ui import formats


class AssignForm(forms.Form):
    """Apply the line to a bill."""

    bill = forms.CharField(
        label=_("Bill"), max_length=40,
        help_text=_("Its number or its 12-digit payment code."),
        error_messages={"required": _("Please enter the number or the payment code of the bill.")},
    )
    amount = Rupiah(
        label=_("Amount in rupiah"), min_value=1, max_value=10**12, required=False,
        help_text=_("Left empty: as much as the bill still lacks."),
    )
    oldest_first = forms.BooleanField(
        label=_("To all open bills of this payer at the same office, the oldest first"), required=False,
        help_text=_("The money goes as far as it reaches; the amount above is not used."),
    )
    note = forms.CharField(
        label=_("Reason for this decision"), max_length=300, min_length=3,
        error_messages={"required": _("Please write why, in a few words.")},
    )


class ResolveForm(forms.Form):
    """What the money was, or a part of it, when it belongs to no bill."""

    outcome = forms.ChoiceField(
        label=_("What the money was"), choices=[("", "—"), *Outcome.choices],
        error_messages={"required": _("Please choose what the money was.")},
    )
    amount = Rupiah(
        label=_("Amount in rupiah"), min_value=1, max_value=10**12, required=False,
        help_text=_("Left empty: all that is undecided. With a part, the rest stays on the list."),
    )
    note = forms.CharField(
        label=_("What was done with the money"), max_length=300, min_length=3,
        help_text=_("For example: returned to the sender; other income of the region."),
        error_messages={"required": _("Please write why, in a few words.")},
    )


class BringsForm(forms.Form):
    """Which receipts of channels an incoming line brings the money of."""

    receipts = forms.MultipleChoiceField(
        label=_("Reported money"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one.")},
    )
    note = forms.CharField(
        label=_("Reason for this decision"), max_length=300, min_length=3,
        error_messages={"required": _("Please write why, in a few words.")},
    )

    def __init__(self, *args, receipts=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["receipts"].choices = [
            (
                one.pk,
                f"{formats.rupiah(one.unsettled)} · {formats.day(one.happened_on)} · {one.get_channel_display()} {one.reference}",
            )
            for one in receipts
        ]


class RefundForm(forms.Form):
    """Which approved refund an outgoing line paid, or a part of the line."""

    refund = forms.ChoiceField(label=_("Refund"), error_messages={"required": _("Please choose the refund.")})
    amount = Rupiah(
        label=_("Amount in rupiah"), min_value=1, max_value=10**12, required=False,
        help_text=_("Left empty: as much as the refund still asks. The rest stays on the list."),
    )
    note = forms.CharField(
        label=_("Reason for this decision"), max_length=300, min_length=3,
        error_messages={"required": _("Please write why, in a few words.")},
    )

    def __init__(self, *args, refunds=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["refund"].choices = [
            ("", "—"), *((one.pk, f"{one.number} · {formats.rupiah(one.unpaid)} · {one.to_holder}") for one in refunds)
        ]


class ReceiptForm(forms.Form):
    """What became of channel money that fits no bill or does not come."""

    act = forms.ChoiceField(
        label=_("What happened"), widget=forms.RadioSelect, error_messages={"required": _("Please choose what happened.")}
    )
    note = forms.CharField(
        label=_("Reason for this decision"), max_length=300, min_length=3,
        error_messages={"required": _("Please write why, in a few words.")},
    )

    def __init__(self, *args, acts=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = list(acts)


class NoteForm(forms.Form):
    """A word on why nothing is left to do."""

    note = forms.CharField(label=_("What was done"), max_length=300, min_length=3)
