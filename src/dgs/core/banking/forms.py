"""What the pages about banks ask: the partner itself, and a key."""

from __future__ import annotations

import ipaddress

from django import forms
from django.utils.translation import gettext_lazy as _

from dgs.core.banking.client import check_address
from dgs.core.banking.models import Partner, PartnerKey

MOST_NETWORKS = 50


class PartnerForm(forms.ModelForm):
    """A partner; its short name only when it is new."""

    networks = forms.CharField(
        label=_("Networks it may call from"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2500,
        help_text=_("One address or network a line, such as 203.0.113.0/28. Empty: from anywhere."),
    )
    base_url = forms.URLField(
        label=_("Its address for our calls"), required=False, max_length=200, assume_scheme="https",
        help_text=_("Without the version and what follows, such as https://api.bank.example/openapi."),
    )

    class Meta:
        model = Partner
        fields = (
            "code", "name", "account", "is_active", "partner_id", "client_key", "signs", "signature_encoding",
            "clock_skew_seconds", "networks", "partner_service_id", "base_url", "our_client_key", "our_partner_id",
            "our_channel_id", "qris_domain", "merchant_pan", "merchant_id", "nmid", "merchant_criteria", "merchant_category",
            "merchant_name", "merchant_city", "postal_code",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = self.fields["account"].queryset.filter(is_active=True).order_by("bank", "number")
        self.fields["networks"].initial = "\n".join(self.instance.allowed_networks)
        if self.instance.pk:
            del self.fields["code"]

    def clean_networks(self) -> list[str]:
        """The networks as they are kept."""
        found = []
        for line in self.cleaned_data["networks"].split():
            try:
                found.append(str(ipaddress.ip_network(line, strict=False)))
            except ValueError:
                raise forms.ValidationError(_("“%(line)s” is no address and no network.") % {"line": line[:50]}) from None
        if len(found) > MOST_NETWORKS:
            raise forms.ValidationError(_("These are too many networks."))
        return found

    def clean_base_url(self) -> str:
        """An encrypted address without anything secret in it."""
        address = self.cleaned_data["base_url"].rstrip("/")
        if address:
            try:
                check_address(address)
            except ValueError:
                raise forms.ValidationError(_("Please enter an address that begins with https:// and has no password.")) from None
        return address

    def _post_clean(self):
        self.instance.allowed_networks = self.cleaned_data.get("networks", self.instance.allowed_networks)
        super()._post_clean()


class KeyForm(forms.Form):
    """A new key of some kind."""

    kind = forms.ChoiceField(label=_("Kind of key"), choices=PartnerKey.Kind.choices)
    value = forms.CharField(
        label=_("Key"), required=False, max_length=10_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Paste what the bank gave you. Left empty, a client secret or a pair of our own is made here."),
    )
    is_urgent = forms.BooleanField(
        label=_("End the keys before it at once"), required=False,
        help_text=_("Otherwise they stay good for seven days, so that the bank can change over."),
    )
