"""What is asked of an instalment plan: first how many parts from when on, then the parts, which may be changed one by one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.actions.adjusting import MOST_INSTALMENTS
from dgs.core.billing.forms.deciding import WHY, day_field, rupiah_field
from dgs.ui import formats


class PlanStartForm(forms.Form):
    """How many parts, the first due on which day; asked by the address, for nothing changes by it."""

    bagian = forms.IntegerField(
        label=_("Number of parts"), min_value=2, max_value=MOST_INSTALMENTS, initial=3,
        error_messages={"required": _("Please write how many."), "invalid": _("Please write how many, digits only.")},
    )
    mulai = day_field(_("First part due on"))

    def clean_mulai(self) -> date:
        """From today on, within some years."""
        day, today = self.cleaned_data["mulai"], timezone.localdate()
        if not today <= day <= today.replace(year=today.year + 5, day=min(today.day, 28)):
            raise forms.ValidationError(_("This day cannot be right."))
        return day

    def parts(self, asked: Decimal) -> list[tuple[date, int]]:
        """Equal parts a month apart, whole thousands where that is possible; the last has the rest."""
        count, first = self.cleaned_data["bagian"], self.cleaned_data["mulai"]
        part = int(asked) // count
        if part >= 10_000:
            part -= part % 1000
        amounts = [part] * (count - 1)
        return [(months_after(first, n), amount) for n, amount in enumerate([*amounts, int(asked) - sum(amounts)])]


def months_after(first: date, months: int) -> date:
    """The same day so many months later, at most the last of its month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


class PlanForm(forms.Form):
    """The parts, each with its day and amount, and the decision behind them."""

    act = "plan"
    decision_number = forms.CharField(label=_("Number of the decision"), max_length=80, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, min_length=3, error_messages=WHY)

    def __init__(self, *args, bill, count: int, parts=(), **kwargs):
        kwargs["initial"] = {f"day{n}": day for n, (day, _a) in enumerate(parts, 1)} | {
            f"amount{n}": amount for n, (_d, amount) in enumerate(parts, 1)
        }
        super().__init__(*args, **kwargs)
        self.asked, self.count = bill.total + bill.adjusted, count
        for n in range(1, count + 1):
            self.fields[f"day{n}"] = day_field(gettext("Part %(n)s: due on") % {"n": n})
            self.fields[f"amount{n}"] = rupiah_field(gettext("Part %(n)s: amount") % {"n": n}, min_value=1)

    def rows(self) -> list[tuple]:
        """The fields of each part, together."""
        return [(self[f"day{n}"], self[f"amount{n}"]) for n in range(1, self.count + 1)]

    def clean(self):
        """In order, from today on, and together what the bill asks."""
        data = self.cleaned_data
        days = [data.get(f"day{n}") for n in range(1, self.count + 1)]
        amounts = [data.get(f"amount{n}") for n in range(1, self.count + 1)]
        if None in days or None in amounts:
            return data
        for n, day in enumerate(days[1:], 2):
            if day <= days[n - 2]:
                self.add_error(f"day{n}", gettext("Each part is due after the one before."))
        if days[0] < timezone.localdate():
            self.add_error("day1", gettext("The first part cannot be due before today."))
        if days[-1].year > 2100:
            self.add_error(f"day{self.count}", gettext("This day cannot be right."))
        if sum(amounts) != self.asked:
            said = gettext("The parts add up to %(sum)s, but the bill asks %(asked)s.")
            self.add_error(None, said % {"sum": formats.rupiah(sum(amounts)), "asked": formats.rupiah(self.asked)})
        return data

    def proposed(self) -> dict:
        """The parts as pairs of an ISO day and an amount."""
        data = self.cleaned_data
        parts = [[data[f"day{n}"].isoformat(), str(data[f"amount{n}"])] for n in range(1, self.count + 1)]
        values = {"parts": parts, "decision_number": data["decision_number"]}
        return {"act": self.act, "reason": data["reason"], "amount": self.asked, "values": values}
