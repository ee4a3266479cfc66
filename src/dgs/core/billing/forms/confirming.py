"""What is asked when a payer's word about a transfer is refused: a reason that helps, ready-made or in one's own words."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.refusing import REASONS, answer_of


class RefuseForm(forms.Form):
    """A reason to choose, or one's own words."""

    canned = forms.ChoiceField(choices=[("", ""), *REASONS.items()], required=False)
    words = forms.CharField(max_length=300, required=False)

    def clean(self):
        """What was chosen, and one's own words behind it, if there are any."""
        data = self.cleaned_data
        data["answer"] = answer_of(data.get("canned", ""), data.get("words", ""))
        if len(data["answer"]) < 3:
            raise forms.ValidationError(_("Please choose or write what the payer is told."))
        return data
