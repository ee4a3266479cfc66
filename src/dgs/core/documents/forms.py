"""The forms of the room: a code typed by hand, a PDF file, the reason of a withdrawal; no judgement is made here."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CodeForm(forms.Form):
    """The code that is printed below the QR code."""

    code = forms.CharField(
        label=_("Code on the document"), max_length=60,
        help_text=_("16 letters and digits, such as ACDE-FGHJ-KMNP-QRST. Hyphens and small letters do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the code that is printed on the document.")},
    )


class FileForm(forms.Form):
    """The PDF file as it was received."""

    file = forms.FileField(
        label=_("PDF file"), help_text=_("The file itself, as you received it. We compare it and do not keep it."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}), allow_empty_file=True,
        error_messages={"required": _("Choose the PDF file.")},
    )


class WithdrawalForm(forms.Form):
    """Why a document is withdrawn, in words that whoever checks it will read."""

    reason = forms.CharField(
        label=_("Reason"), min_length=10, max_length=300,
        help_text=_("Whoever checks the document will read this. Name no person and no detail of a person."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Say why the document is withdrawn."),
            "min_length": _("Say it in at least 10 characters."),
        },
    )
