"""Tables of the applications that sign in through DGS, what people agreed to, sign-ons with their tokens, and signing keys."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Application(models.Model):
    """An office's application that signs people in through DGS; of its secret only the keyed hash is kept."""

    class Kind(models.TextChoices):
        """Whether it can keep a secret."""

        SERVER = "server", _("On a server: it keeps a secret")
        BROWSER = "browser", _("In the browser or on the phone: it cannot keep a secret")

    client_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=100)
    office = models.ForeignKey(
        "organisations.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("Owning office")
    )
    contact = models.EmailField(_("Contact"), help_text=_("Who answers when something is wrong with the application."))
    purpose = models.CharField(_("What it is for"), max_length=300, help_text=_("People read this before they agree."))
    purpose_en = models.CharField(_("What it is for, in English"), max_length=300)
    kind = models.CharField(_("Where it runs"), max_length=10, choices=Kind.choices, default=Kind.SERVER)
    redirect_uris = ArrayField(models.CharField(max_length=500))
    after_logout_uris = ArrayField(models.CharField(max_length=500), default=list)
    scopes = ArrayField(models.CharField(max_length=20))
    identity_basis = models.CharField(
        _("Legal basis for reading the NIK"), max_length=300, blank=True,
        help_text=_("The regulation and article, such as Perbup 12/2026 Pasal 4. Only with the scope for the NIK."),
    )
    secret_hash = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(scopes__contains=["identity"]) | ~Q(identity_basis=""), name="signon_nik_has_a_basis",
                violation_error_message=_("The NIK is only read on a legal basis."),
            ),
            models.CheckConstraint(condition=Q(scopes__contains=["openid"]), name="signon_has_openid"),
            models.CheckConstraint(
                condition=Q(kind="server") & ~Q(secret_hash="") | Q(kind="browser", secret_hash=""), name="signon_secret_by_kind"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def purpose_said(self) -> str:
        """What it is for, in the reader's language."""
        return self.purpose_en if get_language() == "en" else self.purpose


class Consent(models.Model):
    """What one person let one application read, until it is withdrawn; it is never deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="consents")
    scopes = ArrayField(models.CharField(max_length=20))
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "application"], condition=Q(withdrawn_at=None), name="signon_one_consent")
        ]


class SignOn(models.Model):
    """One signing in of a person at an application: its code, good once, and all tokens that came of it, which end with it.

    `account_mark` says what the account's sessions hung on when it began: a new password, or signing out everywhere, ends
    sign-ons with the sessions. `session_mark` is the keyed hash of the browser's session.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="sign_ons")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    scopes = ArrayField(models.CharField(max_length=20))
    code_hash = models.CharField(max_length=64, unique=True)
    code_until = models.DateTimeField()
    code_used_at = models.DateTimeField(null=True)
    redirect_uri = models.CharField(max_length=500)
    challenge = models.CharField(max_length=43)
    nonce = models.CharField(max_length=255, blank=True)
    signed_in_at = models.DateTimeField()
    session_mark = models.CharField(max_length=64)
    account_mark = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "application"], condition=Q(ended_at=None), name="signon_open"),
            models.Index(fields=["ends_at"], name="signon_ends"),
        ]


class Token(models.Model):
    """An access or refresh token of a sign-on; only its keyed hash is kept. A used refresh token stays, to be known again."""

    class Kind(models.TextChoices):
        """What it is good for."""

        ACCESS = "access"
        REFRESH = "refresh"

    sign_on = models.ForeignKey(SignOn, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SigningKey(models.Model):
    """A key that signs ID tokens, its private half sealed with the field keys and erased when it is retired.

    One is next (published, not signing yet), one signs, the others are retired.
    """

    kid = models.CharField(max_length=43, unique=True)
    sealed = models.TextField(blank=True)
    public = models.JSONField()
    published_at = models.DateTimeField()
    signs_from = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["retired_at"], condition=Q(retired_at=None, signs_from=None), nulls_distinct=False, name="signon_one_next"
            ),
            models.UniqueConstraint(
                fields=["retired_at"], condition=Q(retired_at=None, signs_from__isnull=False), nulls_distinct=False,
                name="signon_one_signs",
            ),
        ]
