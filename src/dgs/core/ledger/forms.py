"""What the pages of the ledger ask: a span of days, and which day to close."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class DayInput(forms.DateInput):
    """A day as the browser's own field wants it."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date", "class": "input"})


class SpanForm(forms.Form):
    """From which day to which."""

    dari = forms.DateField(
        label=_("From"), required=False, widget=DayInput()
    )
    sampai = forms.DateField(
        label=_("To"), required=False, widget=DayInput()
    )


class ClosingForm(forms.Form):
    """Which day or year to close."""

    kind = forms.ChoiceField(
        label=_("What to close"), choices=[("day", _("all days up to this one")), ("year", _("the year that ends on it"))]
    )
    through = forms.DateField(
        label=_("Last day"), widget=DayInput()
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
