"""The questions of the appointment page."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts import api as accounts
from dgs.ui.fields import from_form


class AppointForm(forms.Form):
    """Whom to appoint, in which capacity, for how long."""

    login = forms.CharField(
        label=_("E-mail address of the person"), max_length=254,
        help_text=_("The person needs an account of staff first."),
    )
    capacity = forms.ChoiceField(
        label=_("Capacity"), widget=forms.RadioSelect, initial="definitive",
        choices=[
            ("definitive", _("Definitive")),
            ("plt", _("Plt.: acting while there is no definitive holder")),
            ("plh", _("Plh.: substitute for some days")),
        ],
    )
    valid_from = forms.DateField(label=_("First day"), widget=forms.DateInput(format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(format="%Y-%m-%d"),
        help_text=_("Leave empty when it has no end. A Plh. needs one."),
    )
    letter_number = forms.CharField(label=_("Number of the appointment letter"), max_length=80)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("valid_from", timezone.localdate())

    @property
    def questions(self):
        """The fields as the design system draws them."""
        return [from_form(self[name]) for name in self.fields]

    def clean_login(self):
        """The open account of staff that signs in with it."""
        user = accounts.user_by_login(self.cleaned_data["login"])
        if user is None or not user.is_active or not user.grants.filter(ended_at=None).exists():
            raise forms.ValidationError(_("No member of staff has this address. Invite the person first."))
        self.user = user
        return user.username
