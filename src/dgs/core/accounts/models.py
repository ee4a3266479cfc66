"""Tables of people who sign in, sessions, invitations, codes, counted attempts, API tokens, unsaved answers; no roles."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    """Creates accounts with normalised addresses."""

    def create_user(self, *, username: str, name: str, password: str | None = None, **fields):
        """An account that can sign in with `username` (its e-mail or its phone as 62…)."""
        user = self.model(username=username.strip().lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who can sign in: a citizen (with a person's record) or staff, or both.

    What the account may do is never on this row: it follows from grants (core/access).
    """

    username = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(null=True, blank=True, unique=True)
    phone = models.CharField(max_length=16, null=True, blank=True, unique=True)
    party = models.OneToOneField("parties.Party", null=True, blank=True, on_delete=models.PROTECT, related_name="user")
    nip = models.CharField(max_length=18, blank=True)
    language = models.CharField(max_length=2, default="id")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="Made by the demo; production refuses to start with one.")
    session_round = models.IntegerField(default=0, help_text="Raised to end all sessions opened before.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self):
        return self.name

    def get_full_name(self):
        """The name people call this person by."""
        return self.name

    def _get_session_auth_hash(self, secret=None):
        # Django compares this with what a session was opened with: raising the round ends every older session.
        opened_with = super()._get_session_auth_hash(secret=secret)
        return salted_hmac("dgs.session-round", f"{opened_with}:{self.session_round}", algorithm="sha256").hexdigest()


class Session(AbstractBaseSession):
    """An open session of a browser; `user` is who signed in with it, so that both are found in one query."""

    # Without a constraint: Django takes any refusal of a new session's row for a key already used, and tries without end.
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    opened_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="Written every few minutes at most.")
    agent = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=45, blank=True, default="", help_text="Shortened.")

    @classmethod
    def get_session_store_class(cls):
        """The store that reads and writes these rows."""
        from dgs.core.accounts.sessions import SessionStore

        return SessionStore


class KnownBrowser(models.Model):
    """A browser that has signed in to an account before, by the keyed hash of the mark in its cookie."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    mark_hash = models.CharField(max_length=64)
    met_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "mark_hash"], name="known_browser")]
        indexes = [models.Index(fields=["seen_at"], name="known_browser_seen")]


class ExternalIdentity(models.Model):
    """What an outside identity provider calls a person, linked to the person's account; at most one of a provider."""

    provider = models.CharField(max_length=40)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="external_identities")
    linked_at = models.DateTimeField()
    used_at = models.DateTimeField()
    confirmed = models.CharField(max_length=80, blank=True, default="", help_text="What it confirmed at registration.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="external_subject"),
            models.UniqueConstraint(fields=["provider", "user"], name="external_user"),
        ]


class Invitation(models.Model):
    """An invitation of staff: a secret link, valid for days, used once."""

    email = models.EmailField()
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    office = models.CharField(max_length=60)
    role_title = models.CharField(max_length=80, help_text="As it was called when inviting.")
    office_name = models.CharField(max_length=200, help_text="As it was called when inviting.")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="invitation_at")]


class ApiToken(models.Model):
    """A bearer token; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("API token")


class OneTimeCode(models.Model):
    """A six-digit code sent to an address for one purpose; only keyed hashes are kept."""

    purpose = models.CharField(max_length=20)
    address_hash = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong_tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", help_text="Who asked, signed in.")

    class Meta:
        indexes = [models.Index(fields=["purpose", "address_hash", "-id"], name="code_address")]


class SmsPin(models.Model):
    """The PIN with which an officer decides by SMS; only its hash is kept. Five wrong ones lock it."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="sms_pin")
    pin_hash = models.CharField(max_length=128)
    set_at = models.DateTimeField()
    wrong_tries = models.SmallIntegerField(default=0)
    locked_at = models.DateTimeField(null=True)


class UnsavedAnswers(models.Model):
    """A form that came after its sender's session had ended; sealed, for its owner alone, for a day."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=300)
    sealed = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "path"], name="unsaved_page")]
        indexes = [models.Index(fields=["kept_at"], name="unsaved_at")]


class AttemptCount(models.Model):
    """How often something was tried in the running window; one row for each kind and key, counted in one statement."""

    key = models.CharField(max_length=64, primary_key=True)
    began_at = models.DateTimeField()
    count = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["began_at"], name="attempt_began")]
