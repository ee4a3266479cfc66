"""The form of a local holiday; the rules are in actions.py."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HolidayForm(forms.Form):
    """One local holiday, as an administrator writes it down."""

    on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        error_messages={"required": _("Choose a day."), "invalid": _("Write the day as 25-11-2026.")},
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("As people know it, such as “Hari Jadi Kabupaten Banyuasin”."),
        error_messages={"required": _("Write the name of the holiday.")},
    )
    source = forms.CharField(
        label=_("Decree"), max_length=200, help_text=_("Kind, number and date of the decree that makes it a holiday."),
        error_messages={"required": _("Name the decree.")},
    )
