"""The questions of the access page: which role, in which office and region, for how long."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.regions import api as regions
from dgs.ui.fields import from_form

EVERYWHERE = "*"



class GrantForm(forms.Form):
    """A role to give. `everywhere` adds the choice of all offices, for who holds that reach."""

    role = forms.ChoiceField(label=_("Role"))
    office = forms.ChoiceField(label=_("Office"), help_text=_("The role counts for this office and those below it."))
    region = forms.CharField(
        label=_("Only in this region"), required=False, max_length=13,
        help_text=_("A district or village; the role then counts only for what lies there. Leave empty for all."),
    )
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
        self.matches: list = []

    @property
    def typed(self) -> str:
        """What was typed into the look-up of regions."""
        return (self.data.get("region-text") or "").strip() if self.is_bound else ""

    def clean_region(self):
        """The region by its code, or by its name when only one has it; else those that match are offered. None = all."""
        code = self.cleaned_data["region"].strip()
        if not code and not self.typed:
            return None
        found = regions.by_code(code) if code else None
        if found is None and self.typed:
            matches = regions.search(self.typed, within=regions.home_region().code)
            found = matches[0] if len(matches) == 1 else None
            self.matches = [] if found else list(matches)
        if found is None:
            raise forms.ValidationError(_("Choose a region from the list, or leave the field empty."))
        return found

    @property
    def questions(self):
        """The fields as the design system draws them."""
        found = [from_form(self[name]) for name in self.fields]
        for question in found:
            if question.name == "region":
                question.type, question.text = "region", self.typed
                question.attrs = {"within": regions.home_region().code}
                question.options = [(region.code, region.path_label, False) for region in self.matches]
        return found
