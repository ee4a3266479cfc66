"""What the treasurer's pages ask: a statement file, and a decision on a line."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models import BankAccount, Outcome
from dgs.core.billing.statements import MAX_BYTES


class StatementForm(forms.Form):
    """A statement file and, where the file names none, its account."""

    file = forms.FileField(
        label=_("Statement file"),
        help_text=_("MT940, CAMT.053 or CSV as downloaded from the bank, at most 20 MB."),
        widget=forms.FileInput(attrs={"accept": ".sta,.mt940,.940,.txt,.xml,.053,.camt,.csv,text/csv,text/xml,text/plain"}),
        error_messages={"required": _("Please choose the file."), "empty": _("The file is empty.")},
    )
    account = forms.ModelChoiceField(
        label=_("Bank account"),
        queryset=BankAccount.objects.none(),
        required=False,
        empty_label=_("As the file says"),
        help_text=_("Only needed when the file does not name its account."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = BankAccount.objects.filter(is_active=True).order_by("bank", "number")

    def clean_file(self):
        """The file, refused above the bound before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than %(mb)s MB.") % {"mb": MAX_BYTES // 1024 // 1024})
        return file


class AssignForm(forms.Form):
    """Apply the line to a bill."""

    bill = forms.CharField(
        label=_("Bill"), max_length=40,
        help_text=_("Its number or its 12-digit payment code."),
        error_messages={"required": _("Please enter the number or the payment code of the bill.")},
    )
    amount = forms.IntegerField(
        label=_("Amount in rupiah"), min_value=1, max_value=10**12, required=False,
        help_text=_("Left empty: as much as the bill still lacks."),
        error_messages={"invalid": _("Please write whole rupiah, digits only.")},
    )
    note = forms.CharField(
        label=_("Reason for this decision"), max_length=300, min_length=3,
        error_messages={"required": _("Please write why, in a few words.")},
    )


class ResolveForm(forms.Form):
    """What the money was, when it belongs to no bill."""

    outcome = forms.ChoiceField(
        label=_("What the money was"), choices=[("", "—"), *Outcome.choices],
        error_messages={"required": _("Please choose what the money was.")},
    )
    note = forms.CharField(
        label=_("What was done with the money"), max_length=300, min_length=3,
        help_text=_("For example: returned to the sender; other income of the region."),
        error_messages={"required": _("Please write why, in a few words.")},
    )
