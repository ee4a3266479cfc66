"""What the pages of the ledger ask: a span of days, and which day to close."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SpanForm(forms.Form):
    """From which day to which."""

    dari = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    sampai = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class ClosingForm(forms.Form):
    """Which day or year to close."""

    kind = forms.ChoiceField(
        label=_("What to close"), choices=[("day", _("all days up to this one")), ("year", _("the year that ends on it"))]
    )
    through = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
