"""What the cash counter asks: a shift, money taken, the count, a deposit."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.forms.fields import Rupiah
from dgs.core.billing.models import BankAccount


class ShiftForm(forms.Form):
    """Opening a shift: for which office, at which counter, with how much change."""

    office = forms.ChoiceField(label=_("Office"), error_messages={"required": _("Please choose the office.")})
    counter = forms.CharField(
        label=_("Counter"), max_length=60, help_text=_("For example: Loket 1."),
        error_messages={"required": _("Please write which counter this is.")},
    )
    float_amount = Rupiah(
        label=_("Change in the drawer"), min_value=0, max_value=10**9,
        help_text=_("What you were given for change. 0 when there is none."),
    )

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = offices


class TakeForm(forms.Form):
    """The cash that the payer gives; what is to be paid, what was paid before and the key of the form come along unseen."""

    tendered = Rupiah(label=_("Money given"), min_value=1, max_value=10**12)
    amount = forms.IntegerField(min_value=1, max_value=10**12, widget=forms.HiddenInput)
    paid = forms.IntegerField(min_value=0, max_value=10**12, widget=forms.HiddenInput)
    token = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class CountForm(forms.Form):
    """The count at the end of a shift: pieces of each note and coin, and why it differs."""

    reason = forms.CharField(label=_("Why it differs"), max_length=300, required=False)

    def __init__(self, *args, values, **kwargs):
        super().__init__(*args, **kwargs)
        for value in values:
            self.fields[f"n{value}"] = forms.IntegerField(
                label=str(value), min_value=0, max_value=100_000, required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input count__pieces"}),
                error_messages={"invalid": _("Please write how many, digits only.")},
            )

    def pieces(self) -> dict[int, int]:
        """How many of each value."""
        return {int(name[1:]): count or 0 for name, count in self.cleaned_data.items() if name[1:].isdecimal()}


class CountForForm(CountForm):
    """The count of a cashier's drawer by another person: why, and the difference that person was told of."""

    reason = forms.CharField(
        label=_("Why the cashier does not close it"), min_length=3, max_length=300,
        help_text=_("For example: ill since Tuesday. When the count differs, write also what is known of it."),
        error_messages={
            "required": _("Please write why the cashier does not close the shift."),
            "min_length": _("Please write why the cashier does not close the shift."),
        },
    )
    difference = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def seen(self) -> Decimal | None:
        """The difference that was said before, or None."""
        difference = self.cleaned_data["difference"]
        return None if difference is None else Decimal(difference)


class AcceptForm(forms.Form):
    """What was counted of a hand-over, and why it differs."""

    counted = Rupiah(
        label=_("Counted"), min_value=0, max_value=10**12 - 1, help_text=_("What you counted yourself, without the change."),
    )
    note = forms.CharField(label=_("Why it differs"), max_length=300, required=False)


class DepositForm(forms.Form):
    """How much of an office's cash is taken to which account."""

    amount = Rupiah(label=_("Amount to deposit"), min_value=1, max_value=10**12)
    account = forms.ModelChoiceField(
        label=_("Bank account"), queryset=BankAccount.objects.none(), empty_label=None,
        error_messages={"required": _("Please choose the account.")},
    )
    token = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = BankAccount.objects.filter(is_active=True).order_by("bank", "number")


class GiveBackForm(forms.Form):
    """Why the cash of a receipt is given back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, min_length=3,
        help_text=_("Another person approves it. Only then give the cash back, and keep the old slip."),
        error_messages={
            "required": _("Please write why, in a few words."), "min_length": _("Please write why, in a few words."),
        },
    )
