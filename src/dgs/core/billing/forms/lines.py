"""What is asked about a bank line that waits for a decision."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models import Outcome


class AssignForm(forms.Form):
    """Apply the line to a bill."""

    bill = forms.CharField(
        label=_("Bill"), max_length=40,
        help_text=_("Its number or its 12-digit payment code."),
        error_messages={"required": _("Please enter the number or the payment code of the bill.")},
    )
    amount = forms.IntegerField(
        label=_("Amount in rupiah"), min_value=1, max_value=10**12, required=False,
        help_text=_("Left empty: as much as the bill still lacks."),
        error_messages={"invalid": _("Please write whole rupiah, digits only.")},
    )
    note = forms.CharField(
        label=_("Reason for this decision"), max_length=300, min_length=3,
        error_messages={"required": _("Please write why, in a few words.")},
    )


class ResolveForm(forms.Form):
    """What the money was, when it belongs to no bill."""

    outcome = forms.ChoiceField(
        label=_("What the money was"), choices=[("", "—"), *Outcome.choices],
        error_messages={"required": _("Please choose what the money was.")},
    )
    note = forms.CharField(
        label=_("What was done with the money"), max_length=300, min_length=3,
        help_text=_("For example: returned to the sender; other income of the region."),
        error_messages={"required": _("Please write why, in a few words.")},
    )
