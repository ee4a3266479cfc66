"""The questions of the access page: which role, where, for how long."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.ui.fields import from_form

EVERYWHERE = "*"


class GrantForm(forms.Form):
    """A role to give. `everywhere` adds the choice of all offices, for who holds that reach."""

    role = forms.ChoiceField(label=_("Role"))
    office = forms.ChoiceField(label=_("Office"), help_text=_("The role counts for this office and those below it."))
    valid_from = forms.DateField(label=_("In force from"), widget=forms.DateInput(format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label=_("In force until"), required=False, widget=forms.DateInput(format="%Y-%m-%d"),
        help_text=_("Leave empty when it has no end."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example the number of the assignment letter.")
    )

    def __init__(self, *args, offices, roles, everywhere, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("Choose a role")), *roles]
        first = [("", _("Choose an office"))] + ([(EVERYWHERE, _("All offices"))] if everywhere else [])
        self.fields["office"].choices = first + list(offices)
        self.initial.setdefault("valid_from", timezone.localdate())

    @property
    def questions(self):
        """The fields as the design system draws them."""
        return [from_form(self[name]) for name in self.fields]
