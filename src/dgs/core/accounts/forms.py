"""The questions of the accounts pages; rules that need the database are in the actions."""

from __future__ import annotations

from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthMfaReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.contact import AddressInvalid, normal_address, normal_email
from dgs.core.accounts.pending import typed_login
from dgs.core.accounts.queries import user_by_login
from dgs.core.accounts.throttle import TooManyAttempts, forget_attempts, throttle
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.kernel.errors import InvalidInput
from dgs.ui.fields import Shown, from_form


def posted(request):
    """What was sent, also when nothing was ticked or filled in; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


class Form(forms.Form):
    """A Django form whose fields know which control draws them (`kinds`: field name to type of question)."""

    kinds: dict[str, str] = {}

    @property
    def questions(self) -> list[Shown]:
        """The fields as the design system draws them."""
        found = []
        for name in self.fields:
            question = from_form(self[name])
            question.type = self.kinds.get(name, question.type)
            found.append(question)
        return found

    def refuse(self, refusal: InvalidInput) -> None:
        """Show a refusal of an action beside the fields it names, or on top."""
        for name, sentences in (refusal.errors or {"": [str(refusal)]}).items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


def address_field(label) -> forms.CharField:
    """One field for an e-mail address or a mobile number."""
    return forms.CharField(
        label=label, max_length=254, help_text=_("For example nama@contoh.id or 0812 3456 7890."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


def new_password_field() -> forms.CharField:
    """A password that is being chosen."""
    return forms.CharField(
        label=_("Your new password"), strip=False, max_length=128,
        help_text=_("At least 10 characters. A sentence of a few words is easy to remember and hard to guess."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def code_field() -> forms.CharField:
    """A one-time code."""
    return forms.CharField(
        label=_("Six-digit code"), max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class SignInForm(LoginForm):
    """Sign in with e-mail address or phone number; whatever is typed is looked up as the account's own name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = address_field(_("E-mail address or mobile number"))
        self.fields["password"] = forms.CharField(
            label=_("Your password"), strip=False, max_length=128,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )
        self.fields["remember"] = forms.BooleanField(
            label=_("Stay signed in on this device"), required=False,
            help_text=_("Do not tick this on a shared computer or phone."),
        )
        self.order_fields(["login", "password", "remember"])
        self.initial.setdefault("login", typed_login(self.request) if self.request else "")

    def clean_login(self):
        """The name the account signs in with; unknown addresses stay as typed and fail like a wrong password."""
        typed = self.cleaned_data["login"]
        user = user_by_login(typed)
        if user is not None:
            return user.username
        try:
            return normal_address(typed).to
        except AddressInvalid:
            return typed.strip().lower()


class ReauthenticateForm(AllauthReauthenticateForm):
    """The password once more, before something delicate."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"] = forms.CharField(
            label=_("Your password"), strip=False, max_length=128,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )


class CountedCode:
    """Counts typed second-step codes per account for all workers, and takes each accepted code once."""

    def clean_code(self):
        """The code; refused after six wrong ones within five minutes, and when it was used a moment ago."""
        now = timezone.now()
        try:
            throttle(kind="second-step", key=str(self.user.pk), limit=6, seconds=300, now=now)
            code = super().clean_code()
            throttle(kind="second-step-used", key=f"{self.user.pk}:{code}", limit=1, seconds=120, now=now)
        except TooManyAttempts as refusal:
            raise ValidationError(str(refusal), code="too_many_login_attempts")
        forget_attempts(kind="second-step", key=str(self.user.pk))
        return code


def _second_step_code(help_text) -> forms.CharField:
    return forms.CharField(
        label=_("Code"), max_length=20, help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class SecondStepForm(CountedCode, AuthenticateForm):
    """The second step of signing in."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = _second_step_code(_("Six digits from your app, or one of your recovery codes."))


class SecondStepAgainForm(CountedCode, AllauthMfaReauthenticateForm):
    """The second step once more, before something delicate."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = _second_step_code(_("Six digits from your app, or one of your recovery codes."))


class SecondStepOnForm(CountedCode, ActivateTOTPForm):
    """Switch the second step on by typing what the app shows."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = _second_step_code(_("The six digits that the app shows now."))


class AddressForm(Form):
    """Where a code is to be sent."""

    address = address_field(_("E-mail address or mobile number"))

    def clean_address(self):
        """The normalised Address."""
        try:
            return normal_address(self.cleaned_data["address"])
        except AddressInvalid as refusal:
            raise ValidationError(str(refusal))


class CodeForm(Form):
    """The code that was sent."""

    kinds = {"code": "code"}
    code = code_field()


def _one_line(text: str, name: str, most: int) -> str:
    try:
        return parties.clean_text(text, name, most)
    except InvalidInput as refusal:
        raise ValidationError(str(refusal))


class PersonForm(Form):
    """Name and NIK."""

    kinds = {"nik": "nik"}
    name = forms.CharField(
        label=_("Full name"), max_length=200, min_length=2, help_text=_("As on your KTP."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    nik = forms.CharField(
        label=_("NIK"), max_length=24, help_text=_("The 16 digits at the top of your KTP. We store them encrypted."),
    )

    def clean_name(self):
        """The name as it can stand on a card."""
        try:
            return parties.clean_person_name(self.cleaned_data["name"])
        except InvalidInput as refusal:
            raise ValidationError(str(refusal))

    def clean_nik(self):
        """The NIK's sixteen digits, checked by structure."""
        try:
            return parties.check_nik(self.cleaned_data["nik"]).nik
        except InvalidInput as refusal:
            raise ValidationError(str(refusal))


class BirthForm(Form):
    """Birth place, day and sex; what the NIK says is filled in."""

    birth_place = forms.CharField(label=_("Place of birth"), max_length=100)
    birth_on = forms.DateField(
        label=_("Date of birth"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"autocomplete": "bday"}),
        input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        help_text=_("Taken from your NIK. Change it if your KTP differs."),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=[("L", _("Male")), ("P", _("Female"))], widget=forms.RadioSelect)

    def clean_birth_place(self):
        """One line without invisible characters."""
        return _one_line(self.cleaned_data["birth_place"], "birth_place", 100)

    def clean_birth_on(self):
        """A day in the past, at most 130 years ago."""
        day, today = self.cleaned_data["birth_on"], timezone.localdate()
        if day > today:
            raise ValidationError(_("This day is in the future."))
        if day.year < today.year - 130:
            raise ValidationError(_("Check the year of birth."))
        return day


class HomeForm(Form):
    """Where the person lives: street, and the village looked up by name."""

    kinds = {"address": "textarea", "region": "region"}
    address = forms.CharField(
        label=_("Street and number"), max_length=300, help_text=_("With RT and RW, as on your KTP."),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    region = forms.CharField(label=_("Village (desa or kelurahan)"), required=False, max_length=13)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.matches: list = []
        self.region = None

    def clean_address(self):
        """One line without invisible characters."""
        return _one_line(self.cleaned_data["address"], "address", 300)

    @property
    def typed(self) -> str:
        """What was typed into the look-up."""
        return (self.data.get("region-text", "") if self.is_bound else self.initial.get("region-text", "")).strip()

    @property
    def questions(self):
        """As for any form; the village keeps what was typed and offers the matches when there was no JavaScript."""
        found = super().questions
        for question in found:
            if question.name == "region":
                question.text, question.required = self.typed, True
                question.attrs = {"level": 4}
                question.options = [(r.code, r.path_label, False) for r in self.matches]
        return found

    def clean(self):
        """Settle the village by its code, or by its name when only one has it; else offer those that match."""
        cleaned = super().clean()
        code = (self.data.get("region") or "").strip()
        found = regions.by_code(code) if code else None
        if found is None and len(self.typed) >= 2:
            matches = regions.search(self.typed, level=4, within=regions.home_region().code)
            matches += [other for other in regions.search(self.typed, level=4) if other not in matches][:12 - len(matches)]
            if len(matches) == 1:
                found = matches[0]
            else:
                self.matches = list(matches)
        if found is None or found.level != 4:
            self.add_error("region", _("Choose your village from the list.") if self.matches
                           else _("We cannot find this village. Type its name, then choose it from the list."))
        else:
            self.region = found
        return cleaned


class ConsentForm(Form):
    """Agreeing to the privacy notice."""

    consent = forms.BooleanField(
        required=True,
        error_messages={"required": _("Tick the box to agree. Without it we may not keep your data.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["consent"].label = lazy(
            lambda: format_html(
                _("I have read the {notice} and agree that the regional government keeps and uses my data for the "
                  "services I ask for."),
                notice=format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', reverse_lazy("portal:privacy"),
                                   _("privacy notice")),
            ), str,
        )()


class PasswordForm(Form):
    """Choosing a password; `user` is whom it must not resemble."""

    password = new_password_field()

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        """The password if it is long and rare enough."""
        password = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class ChangePasswordForm(PasswordForm):
    """The old password and a new one."""

    old_password = forms.CharField(
        label=_("Present password"), strip=False, max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["old_password", "password"]


class SmsPinForm(Form):
    """A PIN for deciding by SMS, twice."""

    pin = forms.CharField(
        label=_("New PIN"), max_length=12, help_text=_("Six digits."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    again = forms.CharField(
        label=_("The PIN again"), max_length=12,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_again(self):
        """The same twice."""
        if self.cleaned_data["again"] != self.cleaned_data.get("pin"):
            raise ValidationError(_("The two are not the same."))
        return self.cleaned_data["again"]


class LanguageForm(Form):
    """The language of pages and messages."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)


class TokenForm(Form):
    """What a token is for."""

    name = forms.CharField(label=_("What is it for"), max_length=80)


class InviteForm(Form):
    """Whom to invite, as what, and where."""

    name = forms.CharField(label=_("Full name"), max_length=200, min_length=2)
    email = forms.CharField(
        label=_("Work e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The link is sent here. It is valid for 7 days and works once."),
    )
    office = forms.ChoiceField(label=_("Office"))
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args, offices, roles, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = [("", _("Choose an office")), *offices]
        self.fields["role"].choices = roles

    def clean_email(self):
        """The normalised address."""
        try:
            return normal_email(self.cleaned_data["email"])
        except AddressInvalid:
            raise ValidationError(_("Write an e-mail address such as nama@contoh.id."))
