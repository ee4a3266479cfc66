"""The forms that bring what a browser did with a passkey; each checks origin and counter beyond what allauth checks."""

from __future__ import annotations

from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.forms import Form
from dgs.core.accounts.passkeys import PasskeyRefused, check_counter, read_assertion, read_registration
from dgs.core.accounts.throttle import TooManyAttempts, client_address, throttle
from dgs.kernel.errors import RuleBroken


def name_field() -> forms.CharField:
    """What a passkey is called."""
    return forms.CharField(
        label=_("Name of the passkey"), max_length=60, help_text=_("So that you know it again, for example “My phone”.")
    )


class CheckedAssertion:
    """An existing passkey's answer: counted, of our origin, by an open account, with a counter that goes up."""

    def clean_credential(self):
        """The passkey; refuses with one sentence whatever is wrong."""
        from allauth.core import context

        credential, now = self.cleaned_data["credential"], timezone.now()
        try:
            throttle(kind="passkey-from", key=client_address(context.request), limit=60, seconds=300, now=now)
            counter = read_assertion(credential).response.authenticator_data.counter
            found = super().clean_credential()
            if not found.user.is_active:
                raise PasskeyRefused
            check_counter(passkey_id=found.pk, counter=counter, now=now)
        except TooManyAttempts as refusal:
            raise ValidationError(str(refusal), code="too_many_login_attempts")
        except (RuleBroken, ValidationError):
            raise ValidationError(str(PasskeyRefused.sentence), code="passkey-refused")
        return found


class PasskeySignInForm(CheckedAssertion, LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class PasskeyStepForm(CheckedAssertion, AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class PasskeyAgainForm(CheckedAssertion, ReauthenticateWebAuthnForm):
    """A passkey once more, before something delicate."""


class NewPasskeyForm(AddWebAuthnForm):
    """A new passkey and its name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.fields["name"] = name_field()

    def clean(self):
        """Refuses what was made elsewhere; the rest allauth checks."""
        credential = self.cleaned_data.get("credential")
        try:
            if credential:
                read_registration(credential)
            return super().clean()
        except (RuleBroken, ValidationError):
            raise ValidationError(str(PasskeyRefused.sentence), code="passkey-refused")


class PasskeyNameForm(Form):
    """Another name for a passkey."""

    name = name_field()
