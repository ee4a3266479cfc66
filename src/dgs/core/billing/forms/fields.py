"""Fields that several forms of the room share."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class Rupiah(forms.IntegerField):
    """Whole rupiah, also as people write them: `150.000`, `Rp 150.000`, `150 000`."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    default_error_messages = {
        "required": _("Please write the amount."),
        "invalid": _("Please write whole rupiah, digits only."),
    }

    def to_python(self, value):
        """The number without dots, spaces and Rp."""
        if isinstance(value, str):
            value = value.strip().removeprefix("Rp").replace(".", "").replace("\u00a0", "").replace(" ", "")
        return super().to_python(value)
