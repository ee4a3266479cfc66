"""What the page about an application asks; its addresses are checked here."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dgs.core.organisations import api as organisations
from dgs.core.signon.models import Application
from dgs.core.signon.scopes import IDENTITY, OPENID, SCOPES, in_order

MOST_ADDRESSES, LONGEST = 20, 500
HERE = {"127.0.0.1", "localhost", "[::1]", "::1"}


def is_fit(address: str) -> bool:
    """Whether codes may be sent there: encrypted, whole, without password, part or wildcard; in the demo this machine too."""
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return False
    is_here = settings.DEMO and parts.scheme == "http" and parts.hostname in HERE
    return (
        (parts.scheme == "https" or is_here) and bool(parts.hostname) and not parts.username and not parts.password
        and not parts.fragment and address.isascii() and address.isprintable()
        and not set(address) & set('*\\#<>"; ') and len(address) <= LONGEST
    )


class Addresses(forms.CharField):
    """One address a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def clean(self, value) -> list[str]:
        """The addresses as they are kept, each once."""
        found = list(dict.fromkeys(super().clean(value).split()))
        for address in found:
            if not is_fit(address):
                raise forms.ValidationError(
                    _("“%(address)s” will not do: a whole address that begins with https://, without * and #."),
                    params={"address": address[:80]},
                )
        if len(found) > MOST_ADDRESSES:
            raise forms.ValidationError(_("These are too many addresses."))
        return found


class ApplicationForm(forms.ModelForm):
    """An application; where it runs only when it is new, for an application that has a secret cannot lose it."""

    redirect_uris = Addresses(
        label=_("Addresses it is answered at"), max_length=MOST_ADDRESSES * LONGEST,
        help_text=_("One a line, exactly as the application sends it, such as https://arsip.example.go.id/masuk/kembali."),
    )
    after_logout_uris = Addresses(
        label=_("Addresses after signing out"), required=False, max_length=MOST_ADDRESSES * LONGEST, help_text=_("One a line.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may read"), required=False, choices=[(one.code, one.title) for one in SCOPES if one.code != OPENID],
        widget=forms.CheckboxSelectMultiple, help_text=_("Ask for no more than its work needs. Each person is asked too."),
    )

    class Meta:
        model = Application
        fields = ("name", "office", "contact", "purpose", "purpose_en", "kind", "redirect_uris", "after_logout_uris", "scopes",
                  "identity_basis")

    def __init__(self, *args, offices: set[int] | None, **kwargs):
        super().__init__(*args, **kwargs)
        choices = organisations.offices()
        self.fields["office"].queryset = choices if offices is None else choices.filter(pk__in=offices)
        if self.instance.pk:
            del self.fields["kind"]
        for name in ("redirect_uris", "after_logout_uris"):
            self.initial[name] = "\n".join(getattr(self.instance, name) or ())

    def clean_scopes(self) -> list[str]:
        """In order; that it is this person is always told."""
        return in_order({OPENID, *self.cleaned_data["scopes"]})

    def clean(self):
        """The NIK only with its legal basis, and a legal basis only with the NIK."""
        found = super().clean()
        wants, basis = IDENTITY in found.get("scopes", []), found.get("identity_basis", "")
        if wants and not basis:
            self.add_error("identity_basis", _("Say on which legal basis it reads the NIK."))
        if basis and not wants and "scopes" in found:
            found["identity_basis"] = ""
        return found
