"""What the payer is asked: about a transfer that was made, and why a bill is wrong."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.forms.fields import Rupiah


class ConfirmationForm(forms.Form):
    """A transfer that was made: its number, day, hour and amount; the sender where it is somebody else."""

    transfer_number = forms.CharField(
        label=_("Number of the transfer"), max_length=60,
        help_text=_("It stands on the proof of the transfer as reference, “Ref”, “No. Ref” or “No. Transaksi”."),
        error_messages={"required": _("Please write the number that stands on the proof of the transfer.")},
    )
    day = forms.DateField(
        label=_("Day of the transfer"), widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={"required": _("Please choose the day."), "invalid": _("Please write a day of the calendar.")},
    )
    time = forms.TimeField(
        label=_("Hour of the transfer"), widget=forms.TimeInput(format="%H:%M"),
        error_messages=dict.fromkeys(("required", "invalid"), _("Please write the hour, for example 14:05.")),
    )
    amount = Rupiah(label=_("Amount that was sent"), min_value=1, max_value=10**12 - 1)
    sender_bank = forms.CharField(label=_("Bank of the sender"), max_length=60, required=False)
    sender_name = forms.CharField(
        label=_("Name of the sender"), max_length=120, required=False, help_text=_("When the account is somebody else's.")
    )


class ObjectionForm(forms.Form):
    """Why the bill is wrong."""

    text = forms.CharField(
        label=_("What is wrong with this bill?"), min_length=10, max_length=2000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Say what should be different and why. The office may ask you for papers."),
        error_messages={
            "required": _("Please write what is wrong, so that the office can answer."),
            "min_length": _("Please write at least one whole sentence."),
        },
    )
