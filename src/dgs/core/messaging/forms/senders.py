"""What the pages about senders ask: a way out with the parameters of its program, and a daily cap."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.models import Message, Sender
from dgs.core.messaging.operators import TITLES
from dgs.core.messaging.senders import FROM_SETTINGS, KINDS
from dgs.core.messaging.senders.talking import Parameter

PARAMETER, PRICE = "p_", "price_"
PRICED = {"sms", "whatsapp"}


class SenderForm(forms.Form):
    """A sender of one kind: its wishes, prices by operator and the parameters of its program; secret ones are never shown."""

    name = forms.SlugField(
        label=_("Short name"), max_length=30, help_text=_("Letters, digits and hyphens; it is never changed."),
        error_messages={"required": _("Give the sender a short name.")},
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=Message.Channel.choices)
    title = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Write what the sender is called.")}
    )
    is_on = forms.BooleanField(label=_("It is in use"), required=False, initial=True)
    weight = forms.IntegerField(
        label=_("Weight"), min_value=0, max_value=100, initial=10,
        help_text=_("How much of the channel it is to carry, compared with the others; 0: nothing."),
    )
    window = forms.IntegerField(
        label=_("At once"), min_value=1, max_value=64, initial=4,
        help_text=_("How many messages each worker hands over side by side."),
    )

    def __init__(self, *args, sender: Sender | None = None, kind: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind, self.sender = KINDS[kind], sender
        fixed = sender.channel if sender else self.kind.channel
        if sender:
            del self.fields["name"]
        if fixed:
            del self.fields["channel"]
        self.channel = fixed
        for operator, title in self.priced():
            self.fields[PRICE + operator] = forms.DecimalField(
                label=title, required=False, min_value=0, max_value=100_000, max_digits=8, decimal_places=2,
                help_text="" if operator else _("Rupiah for one part. Where an operator is left empty this price counts."),
            )
        if not sender or sender.name not in FROM_SETTINGS:
            known = sender.parameters if sender else {}
            for one in self.kind.parameters:
                self.fields[PARAMETER + one.name] = _field(one, known)
        if sender:
            self.initial = {
                **{key: getattr(sender, key) for key in ("title", "is_on", "weight", "window")},
                **{PRICE + operator: value for operator, value in sender.prices.items()},
                **self.initial,
            }

    def priced(self) -> list[tuple[str, str]]:
        """The operators whose prices are asked; "" is all others."""
        is_by_operator = not self.channel or self.channel in PRICED
        return [("", _("Price")), *((code, _("Price, %(operator)s") % {"operator": title}) for code, title in TITLES.items())
                ] if is_by_operator else [("", _("Price"))]

    def values(self) -> dict:
        """The wishes, as the action takes them."""
        asked = self.cleaned_data
        prices = {operator: asked.get(PRICE + operator) for operator, _title in self.priced()}
        return {
            **{key: asked[key] for key in ("title", "weight", "window", "is_on")},
            "prices": {operator: _plain(price) for operator, price in prices.items() if price is not None},
        }

    def parameters(self) -> dict[str, str]:
        """The parameters that were typed, empty ones too."""
        return {one.name: self.cleaned_data.get(PARAMETER + one.name) or "" for one in self.kind.parameters}


class CapForm(forms.Form):
    """What an office may send a day."""

    office = forms.ChoiceField(label=_("Office"))
    channel = forms.ChoiceField(label=_("Channel"), choices=Message.Channel.choices)
    per_day = forms.IntegerField(label=_("Messages a day"), min_value=0, max_value=10_000_000)

    def __init__(self, *args, offices: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = offices.items()


def _field(one: Parameter, known: dict[str, str]) -> forms.Field:
    """One parameter of a program, as a question."""
    first = known.get(one.name, one.default)
    if one.is_secret:
        stored = _("A value is kept and not shown. Empty keeps it.") if known.get(one.name) else one.help
        return forms.CharField(
            label=one.label, required=False, max_length=2000 if one.is_long else 500, strip=False, help_text=stored,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )
    if one.choices:
        return forms.ChoiceField(label=one.label, required=False, choices=one.choices, initial=first, help_text=one.help)
    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}) if one.is_long else forms.TextInput()
    return forms.CharField(label=one.label, required=False, max_length=2000, initial=first, help_text=one.help, widget=widget)


def _plain(price: Decimal) -> int | float:
    """A price as JSON keeps it."""
    return int(price) if price == price.to_integral_value() else float(price)
