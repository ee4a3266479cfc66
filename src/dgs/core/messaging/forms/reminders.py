"""What is asked of an officer who makes a reminder; whether anything would still be sent is the action's question."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dgs.core.messaging.addresses import normalise
from dgs.core.messaging.steps import LONGEST
from dgs.kernel import registry
from dgs.ui.fields import Shown, from_form

STEPS = (60, 30, 14, 7, 3, 1, 0)


def step_label(days: int) -> str:
    """A step as people choose it."""
    return ngettext("%(n)s day before", "%(n)s days before", days) % {"n": days} if days else str(_("on the day"))


class ReminderForm(forms.Form):
    """A date, what it is about, whom to remind, and how many days before."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What is it about?"), max_length=120, min_length=3,
        help_text=_("It is sent as you write it. Name no illness and no identity number."),
        error_messages={"required": _("Please write what it is about.")},
    )
    due_on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d"), input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        error_messages={"required": _("Please choose the day."), "invalid": _("Please write a day such as 2026-11-23.")},
    )
    at = forms.TimeField(
        label=_("Hour"), required=False, widget=forms.TimeInput(format="%H:%M"), input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        error_messages={"invalid": _("Please write an hour such as 09:30.")},
    )
    address = forms.CharField(
        label=_("Whom to remind"), required=False, max_length=254,
        help_text=_("The mobile number or e-mail address of their account. Leave it empty to remind yourself."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    steps = forms.TypedMultipleChoiceField(
        label=_("When to remind"), coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one day.")},
    )
    office = forms.ChoiceField(
        label=_("In the name of"), error_messages={"required": _("Please choose the office.")}
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, offices: list[tuple[str, str]], told: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        if told:
            self.fields["address"].help_text = _(
                "Until now: %(told)s. To remind somebody else, write the mobile number or e-mail address of their account."
            ) % {"told": told}
        self.who = None
        self.fields["kind"].choices = [(one.code, one.title) for one in registry.reminder_kinds().values() if one.by_hand]
        self.fields["steps"].choices = [(days, step_label(days)) for days in STEPS]
        self.fields["office"].choices = offices
        if len(offices) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.fields["office"].initial = offices[0][0]

    @property
    def questions(self) -> list[Shown]:
        """The fields as the design system draws them."""
        return [from_form(self[name]) for name in self.fields]

    def clean_text(self) -> str:
        """One line."""
        return " ".join(self.cleaned_data["text"].split())

    def clean_due_on(self) -> date:
        """A day from today on, at most a year ahead."""
        day, today = self.cleaned_data["due_on"], timezone.localdate()
        if not today <= day <= today + timedelta(days=LONGEST):
            raise forms.ValidationError(_("Choose a day from today on, at most a year ahead."))
        return day

    def clean_address(self) -> str:
        """The address of an open account that confirmed it; empty is the officer's own account."""
        typed = self.cleaned_data["address"].strip()
        if not typed:
            return ""
        try:
            to = normalise("email" if "@" in typed else "sms", typed)
        except ValueError:
            raise forms.ValidationError(_("Please write a mobile number such as 0812 3456 7890 or an e-mail address."))
        self.who = registry.whose(to)
        if self.who is None:
            raise forms.ValidationError(_("No account has confirmed this number or address, so nothing may be sent there."))
        return to
