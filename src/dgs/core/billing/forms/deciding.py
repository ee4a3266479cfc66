"""What is asked of a decision on one bill; each form answers the act that it proposes, as actions.propose_on_bill takes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.forms.fields import Rupiah
from dgs.ui import formats

MOST = 10**12
WHY = {"required": _("Please write why, in a few words."), "min_length": _("Please write why, in a few words.")}


def day_field(label, **more) -> forms.DateField:
    """A day, as the browser's calendar gives it or as people write it."""
    invalid = _("Please write a day such as 2026-11-23.")
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d"), input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        error_messages={"required": _("Please choose the day."), "invalid": invalid}, **more,
    )


def rupiah_field(label, **more) -> Rupiah:
    """An amount from nought on."""
    return Rupiah(label=label, max_value=MOST, **{"min_value": 0} | more)


class DecisionForm(forms.Form):
    """The decision behind a change: number, day, the letter itself, and the reason in words. `standing` is that of the bill."""

    act = "adjust"
    kind = ""

    decision_number = forms.CharField(
        label=_("Number of the decision"), max_length=80,
        error_messages={"required": _("Please write the number of the decision.")},
    )
    decided_on = day_field(_("Day of the decision"))
    document = forms.FileField(
        label=_("The decision as a file"), help_text=_("PDF, JPEG or PNG, at most 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={"required": _("Please choose the file."), "empty": _("The file is empty.")},
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, min_length=3, error_messages=WHY)

    def __init__(self, *args, bill, standing, **kwargs):
        super().__init__(*args, **kwargs)
        self.bill, self.standing = bill, standing
        self.asked = bill.total + bill.adjusted
        self.accrued = standing.penalty + bill.penalty_paid

    def clean_decided_on(self) -> date:
        """Not a day to come, nor one before any law of ours."""
        day = self.cleaned_data["decided_on"]
        if not day.year >= 2000 or day > timezone.localdate():
            raise forms.ValidationError(_("This day cannot be right."))
        return day

    def decision(self) -> dict:
        """The facts of the decision, as an act's values."""
        return {
            "decision_number": self.cleaned_data["decision_number"],
            "decided_on": (self.cleaned_data["decided_on"] or timezone.localdate()).isoformat(),
        }

    def proposed(self) -> dict:
        """The act with its values, as keyword arguments."""
        amount, penalty = -self.cleaned_data.get("amount", 0), -self.cleaned_data.get("penalty", 0)
        return {
            "act": self.act, "reason": self.cleaned_data["reason"], "amount": amount + penalty,
            "values": {"kind": self.kind, "amount": str(amount), "penalty": str(penalty)} | self.decision(),
        }

    def at_most(self, name: str, most: Decimal) -> None:
        """Refuse more than that, saying how much it may be."""
        if (self.cleaned_data.get(name) or 0) > most:
            self.add_error(name, gettext("At most %(amount)s.") % {"amount": formats.rupiah(most)})


class ReductionForm(DecisionForm):
    """A reduction (keringanan) of the principal, of the penalty, or of both."""

    kind = "reduction"
    amount = rupiah_field(_("Less of the principal"), initial=0)
    penalty = rupiah_field(_("Less of the penalty"), initial=0)
    field_order = ["amount", "penalty"]

    def clean(self):
        """Something, and no more than is asked."""
        self.at_most("amount", self.asked)
        self.at_most("penalty", self.accrued)
        if not self.errors and not self.cleaned_data["amount"] and not self.cleaned_data["penalty"]:
            self.add_error("amount", gettext("Please write how much is taken off."))
        return self.cleaned_data


class WriteOffForm(DecisionForm):
    """What cannot be collected any more (penghapusan piutang): all that is left of the principal; no penalty is asked then."""

    kind = "write-off"

    def proposed(self) -> dict:
        """The whole rest."""
        self.cleaned_data["amount"] = self.standing.principal
        return super().proposed()


class CorrectionForm(DecisionForm):
    """A correction (pembetulan): less, or more under one of the accounts of the bill."""

    kind = "correction"
    way = forms.ChoiceField(
        label=_("The bill asks"), widget=forms.RadioSelect,
        choices=[("less", _("more than it should")), ("more", _("less than it should"))],
        initial="less", error_messages={"required": _("Please choose one.")},
    )
    amount = rupiah_field(_("By how much"), min_value=1)
    account = forms.ChoiceField(
        label=_("Revenue account"), required=False,
        help_text=_("Only where the bill asks too little: what is added belongs to it."),
    )
    field_order = ["way", "amount", "account"]

    def __init__(self, *args, bill, standing, **kwargs):
        super().__init__(*args, bill=bill, standing=standing, **kwargs)
        self.fields["document"].required = False
        lines = bill.lines.select_related("account").order_by("pk")
        accounts = {line.account_id: f"{line.account_id} {line.account.name}" for line in lines}
        self.fields["account"].choices = [("", "—"), *accounts.items()]

    def clean(self):
        """No more off than is asked; an addition has its account."""
        if self.cleaned_data.get("way") == "less":
            self.at_most("amount", self.asked)
        elif not self.cleaned_data.get("account") and "account" not in self.errors:
            self.add_error("account", gettext("Please choose the account."))
        return self.cleaned_data

    def proposed(self) -> dict:
        """As for a reduction; an addition is positive and has its account."""
        found = super().proposed()
        if self.cleaned_data["way"] == "more":
            amount = self.cleaned_data["amount"]
            found["amount"] = amount
            found["values"] |= {"amount": str(amount), "account": self.cleaned_data["account"]}
        return found


class CancelForm(DecisionForm):
    """The bill is withdrawn by a decision (pembatalan)."""

    act = "cancel"
    part_paid = forms.BooleanField(
        label=_("Cancel although a part is paid"), required=False,
        help_text=_("What was paid stays booked. To give it back, correct the bill instead and return what is then overpaid."),
    )

    def __init__(self, *args, bill, standing, **kwargs):
        super().__init__(*args, bill=bill, standing=standing, **kwargs)
        if not bill.paid:
            del self.fields["part_paid"]

    def proposed(self) -> dict:
        """The bill and its decision; the amount is what is no longer asked."""
        values = {"part_paid": self.cleaned_data.get("part_paid", False)} | self.decision()
        return {"act": self.act, "reason": self.cleaned_data["reason"], "amount": -self.standing.principal, "values": values}


class ObjectionForm(DecisionForm):
    """The answer to an objection (keberatan): declined, or granted with what is taken off."""

    act = "objection"
    kind = "objection"
    is_granted = forms.ChoiceField(
        label=_("The objection is"), choices=[("yes", _("granted")), ("no", _("declined"))], widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
    amount = rupiah_field(_("Less of the principal"), required=False, help_text=_("Only where it is granted."))
    penalty = rupiah_field(_("Less of the penalty"), required=False, help_text=_("Only where it is granted."))
    answer = forms.CharField(
        label=_("Answer to the payer"), max_length=2000, min_length=3, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The payer reads it as you write it."), error_messages={"required": _("Please write the answer.")},
    )
    field_order = ["is_granted", "amount", "penalty", "answer"]

    def __init__(self, *args, bill, standing, objection, **kwargs):
        super().__init__(*args, bill=bill, standing=standing, **kwargs)
        self.objection = objection
        self.fields["document"].required = False

    def clean(self):
        """Granted takes something off, declined nothing."""
        data = self.cleaned_data
        data["amount"], data["penalty"] = data.get("amount") or 0, data.get("penalty") or 0
        if data.get("is_granted") == "yes":
            self.at_most("amount", self.asked)
            self.at_most("penalty", self.accrued)
            if not self.errors and not data["amount"] and not data["penalty"]:
                self.add_error("amount", gettext("Please write how much is taken off."))
        elif data["amount"] or data["penalty"]:
            self.add_error("amount", gettext("A declined objection takes nothing off."))
        return data

    def proposed(self) -> dict:
        """As for a reduction, with the objection and its answer."""
        found = super().proposed()
        found["values"] |= {
            "objection": self.objection.pk, "is_granted": self.cleaned_data["is_granted"] == "yes",
            "answer": self.cleaned_data["answer"],
        }
        return found


class RefundForm(forms.Form):
    """Giving back what was overpaid (restitusi): where to, and how much."""

    act = "refund"
    amount = rupiah_field(_("Amount to give back"), min_value=1)
    to_bank = forms.CharField(label=_("Bank"), max_length=60, error_messages={"required": _("Please write the bank.")})
    to_account = forms.CharField(
        label=_("Account number"), max_length=34,
        validators=[RegexValidator(r"^[0-9][0-9 .\-]{3,}[0-9]$", _("An account number has digits only."))],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Please write the account number.")},
    )
    to_holder = forms.CharField(
        label=_("Account holder"), max_length=120, error_messages={"required": _("Please write whose account it is.")}
    )
    decision_number = forms.CharField(label=_("Number of the decision"), max_length=80, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, min_length=3, error_messages=WHY)

    def __init__(self, *args, bill, standing, **kwargs):
        kwargs["initial"] = {"amount": int(standing.over)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.standing = standing

    def clean_to_account(self) -> str:
        """The digits alone."""
        return "".join(ch for ch in self.cleaned_data["to_account"] if ch.isdigit())

    def clean_amount(self) -> int:
        """No more than was overpaid."""
        amount = self.cleaned_data["amount"]
        if amount > self.standing.over:
            raise forms.ValidationError(_("At most %(amount)s.") % {"amount": formats.rupiah(self.standing.over)})
        return amount

    def proposed(self) -> dict:
        """Where to and how much."""
        names = ("to_bank", "to_account", "to_holder", "decision_number")
        values = {"amount": str(self.cleaned_data["amount"])} | {name: self.cleaned_data[name] for name in names}
        return {"act": self.act, "reason": self.cleaned_data["reason"], "amount": self.cleaned_data["amount"], "values": values}


class WithdrawRefundForm(forms.Form):
    """The approval of a refund that the bank has not paid is taken back. `refunds` are those of the bill."""

    act = "withdraw"
    refund = forms.ChoiceField(
        label=_("Refund"), widget=forms.RadioSelect, error_messages={"required": _("Please choose the refund.")}
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, min_length=3, error_messages=WHY)

    def __init__(self, *args, bill, standing, refunds, **kwargs):
        super().__init__(*args, **kwargs)
        self.amounts = {str(one.pk): one.amount for one in refunds}
        self.fields["refund"].choices = [
            (str(one.pk), f"{one.number} · {formats.rupiah(one.amount)} · {one.to_holder}") for one in refunds
        ]
        if len(refunds) == 1:
            self.fields["refund"].initial = str(refunds[0].pk)

    def proposed(self) -> dict:
        """Which one."""
        key = self.cleaned_data["refund"]
        return {
            "act": self.act, "reason": self.cleaned_data["reason"], "amount": self.amounts[key], "values": {"refund": int(key)},
        }
