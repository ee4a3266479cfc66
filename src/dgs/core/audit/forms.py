"""The filter of the audit record; what it means is in queries.LogFilter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.audit.models import Kind
from dgs.core.audit.queries import LogFilter

DAY = {"input_formats": ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"], "required": False}


def _hint(text, **attrs) -> forms.TextInput:
    """A text control that shows what may be written into it."""
    return forms.TextInput(attrs={"placeholder": text, **attrs})


class LogFilterForm(forms.Form):
    """What an auditor looks for."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *Kind.choices], required=False)
    actor = forms.CharField(label=_("Who"), max_length=100, required=False, widget=_hint(_("name or number")))
    action = forms.CharField(label=_("Act"), max_length=80, required=False, widget=_hint("cases."))
    subject = forms.CharField(label=_("What"), max_length=80, required=False, widget=_hint("cases.case:12"))
    person = forms.IntegerField(
        label=_("Person"), min_value=1, max_value=2**62, required=False, widget=_hint(_("number"), inputmode="numeric")
    )
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **DAY)
    until = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **DAY)

    def wanted(self) -> LogFilter:
        """The filter; what was not written well does not limit."""
        self.is_valid()
        return LogFilter(**{name: value for name, value in self.cleaned_data.items() if value})
