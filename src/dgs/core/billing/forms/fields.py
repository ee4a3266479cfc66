"""Fields that several forms of the room share."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

# Dots and blanks part thousands; what follows a comma can only be noughts. "10.50" and "150,000" are not guessed at.
WRITTEN = re.compile(r"(?:Rp\.?\s*)?(?P<whole>[0-9]+|[0-9]{1,3}(?:[. ][0-9]{3})+)(?:,(?:00|-))?", re.I)


class Rupiah(forms.IntegerField):
    """Whole rupiah, also as people write them: `150.000`, `Rp 150.000,00`, `150 000`. Anything else is refused."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    default_error_messages = {
        "required": _("Please write the amount."),
        "invalid": _("Please write whole rupiah, for example 150000 or 150.000."),
    }

    def to_python(self, value):
        """The number without dots, spaces and Rp."""
        if isinstance(value, str) and (value := " ".join(value.split())):
            found = WRITTEN.fullmatch(value)
            if found is None:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            value = found["whole"].replace(".", "").replace(" ", "")
        return super().to_python(value)
