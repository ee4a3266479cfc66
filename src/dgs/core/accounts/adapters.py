"""How allauth behaves here: throttling in PostgreSQL, sealed TOTP secrets, our sentences; no pages."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.browsers import COOKIE, agent_of, meet_browser, shortened
from dgs.core.accounts.lockout import PER_ACCOUNT, TOLD_AT, WINDOW, check_lock, forget_locks, lock_after_burst
from dgs.core.accounts.passkeys import site_host
from dgs.core.accounts.tasks import tell_of_guessing
from dgs.core.accounts.throttle import TooManyAttempts, check_throttle, client_address, exact_address, throttle
from dgs.core.accounts.unsaved import look_for_unsaved
from dgs.core.audit import api as audit
from dgs.core.regions import api as regions
from dgs.kernel.protection import decrypt, encrypt

PER_ADDRESS = 60


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in: bursts of wrong passwords lock the account for passwords (lockout.py); sixty from an address, then a wait."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The address or the password is not right. Check both and try again."),
        "incorrect_password": _("This password is not right."),
        "too_many_login_attempts": _("Too many attempts. Please wait a few minutes and try again."),
    }

    def pre_authenticate(self, request, **credentials):
        """Count the attempt before the password is looked at, so that parallel guesses are counted too."""
        now, where = timezone.now(), client_address(request)
        try:
            check_throttle(kind="sign-in-from", key=where, limit=PER_ADDRESS, seconds=WINDOW, now=now)
            check_lock(name=credentials["username"], now=now)
            throttle(kind="sign-in", key=credentials["username"], limit=PER_ACCOUNT, seconds=WINDOW, now=now)
        except TooManyAttempts as refusal:
            raise ValidationError(str(refusal), code="too_many_login_attempts")

    def authenticate(self, request, **credentials):
        """The account, or None; a closed account answers like a wrong password."""
        user = super().authenticate(request, **credentials)
        if user is None or not user.is_active:
            return None
        forget_locks(name=credentials["username"])
        return user

    def authentication_failed(self, request, **credentials):
        """A wrong password counts against where it came from; a burst of them locks the name, whoever has it or nobody."""
        if lock_after_burst(name=credentials["username"], now=timezone.now()) == TOLD_AT:
            tell_of_guessing.defer(sealed_name=encrypt(credentials["username"]))
        try:
            throttle(kind="sign-in-from", key=client_address(request), limit=PER_ADDRESS, seconds=WINDOW,
                     now=timezone.now())
        except TooManyAttempts:
            return

    def login(self, request, user):
        """Open the session (under a new key) and write it down."""
        super().login(request, user)
        agent, address = agent_of(request), exact_address(request)
        request.session.opened(agent=agent, address=shortened(address))
        request.browser_mark = meet_browser(
            user=user, mark=request.COOKIES.get(COOKIE, ""), agent=agent, address=address, now=timezone.now()
        )
        audit.record(
            action="accounts.sign_in", by=user, subject=f"accounts.user:{user.pk}", now=timezone.now(),
            person=user.party_id,
        )
        look_for_unsaved(request, user, now=timezone.now())

    def add_message(self, *args, **kwargs):
        """Nothing: our pages say what happened."""

    def is_open_for_signup(self, request):
        """Registration is our own (see registration.py)."""
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Second step: the secret is sealed in the database; the app shows the region's name."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Look at your app and type the present one."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a TOTP secret or a seed of recovery codes."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are made for the host of DGS_BASE_URL, whatever a header of the request says."""
        return {"id": site_host(), "name": self.get_totp_issuer()}

    def generate_authenticator_name(self, user, type) -> str:
        """What a passkey is called before its owner names it."""
        return str(_("Your passkey"))

    def get_totp_issuer(self) -> str:
        """The name that stands over the code in the person's app."""
        return f"DGS {regions.home_region().name}"
