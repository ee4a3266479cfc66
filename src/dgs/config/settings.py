"""All Django settings, read from environment variables once at import; each is documented in docs/reference/settings.md.

No value here is a secret: the demo and the tests make their own, `./dgs serve` refuses to start without real ones.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

INSECURE_SECRET = "insecure-only-for-tests-and-development"  # noqa: S105 - the serve verb refuses it

SOURCE = Path(__file__).resolve().parents[1]


def env(name: str, default: str = "") -> str:
    """The environment variable, or the default when it is unset or empty."""
    return os.environ.get(name) or default


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated environment variable as a list without blanks."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def env_flag(name: str, default: bool = False) -> bool:
    """An environment variable that says yes (1, true, yes, on) or no."""
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_rows(name: str) -> list[dict]:
    """An environment variable that holds a JSON list of objects; what it holds instead is not told, it may be secret."""
    try:
        found = json.loads(env(name, "[]"))
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{name} must be a JSON list of objects") from None
    return found


def database(url: str) -> dict:
    """Django's DATABASES entry from a postgres:// address (host may be a socket folder in ?host=)."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must start with postgres:// : DGS runs on PostgreSQL only")
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or (unquote(parts.hostname) if parts.hostname else "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "") or ""),
        "CONN_MAX_AGE": int(env("DGS_CONN_MAX_AGE", "300")),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        # Only statements that ask for it are prepared (kernel/statements.py), each at its first use on a connection.
        "OPTIONS": {"prepare_threshold": 5, **query},
    }


DEBUG = env_flag("DGS_DEBUG")
DEMO = env_flag("DGS_DEMO")
SECRET_KEY = env("DGS_SECRET_KEY", INSECURE_SECRET)
DGS_FIELD_KEYS = env_list("DGS_FIELD_KEYS", INSECURE_SECRET)
DGS_HASH_KEY = env("DGS_HASH_KEY", INSECURE_SECRET)
DGS_AUDIT_KEY = env("DGS_AUDIT_KEY", INSECURE_SECRET)

DATA_DIR = Path(env("DGS_DATA_DIR", str(Path.cwd() / "data"))).resolve()
REGION = env("DGS_REGION", "banyuasin")
BASE_URL = env("DGS_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
DGS_TSA_URL = env("DGS_TSA_URL")
DGS_TSA_CERT = env("DGS_TSA_CERT")
DGS_TILE_URL = env("DGS_TILE_URL")
DGS_TILE_CREDIT = env("DGS_TILE_CREDIT")
ALLOWED_HOSTS = env_list("DGS_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "dgs.ui",
    # The centre, lowest room first: a room may import the doors of those above it in this list only.
    "dgs.core.audit",
    "dgs.core.regions",
    "dgs.core.parties",
    "dgs.core.messaging",
    "dgs.core.accounts",
    "dgs.core.organisations",
    "dgs.core.access",
    "dgs.core.documents",
    "dgs.core.signon",
    "dgs.core.services",
    "dgs.core.stewardship",
    "dgs.core.ledger",
    "dgs.core.billing",
    "dgs.core.banking",
    "dgs.core.cases",
    "dgs.core.indicators",
    "dgs.core.portal",
    # The offices' subsystems.
    "dgs.subsystems.civil",
    "dgs.subsystems.transport",
    "dgs.subsystems.advertising",
    "dgs.subsystems.complaints",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dgs.config.middleware.RequestSafety",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dgs.config.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "dgs.core.accounts.sessions.RecognitionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dgs.core.accounts.middleware.KnownBrowserMiddleware",
    "dgs.core.accounts.middleware.UnsavedAnswersMiddleware",
    "dgs.core.access.middleware.AccessMiddleware",
    "dgs.config.middleware.Refusals",
]

ROOT_URLCONF = "dgs.config.urls"
WSGI_APPLICATION = "dgs.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("dgs.ui.loaders.Loader", ["django.template.loaders.app_directories.Loader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dgs.core.portal.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "dgs.ui.templatetags.fixed", "dgs.ui.templatetags.ui"],
        },
    }
]

DATABASES = {"default": database(env("DATABASE_URL", "postgres:///dgs"))}
DGS_PREPARE = env_flag("DGS_PREPARE", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["dgs.core.accounts.sessions.Backend"]
SESSION_ENGINE = "dgs.core.accounts.sessions"
ALLAUTH_TRUSTED_PROXY_COUNT = int(env("DGS_PROXIES", "0"))
ACCOUNT_ADAPTER = "dgs.core.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # counted in PostgreSQL instead, the same for all workers: see core/accounts/throttle.py
ACCOUNT_FORMS = {
    "login": "dgs.core.accounts.forms.SignInForm",
    "reauthenticate": "dgs.core.accounts.forms.ReauthenticateForm",
}
MFA_ADAPTER = "dgs.core.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # core/accounts/passkeys.py takes the origin of DGS_BASE_URL and no other
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = False  # counted in PostgreSQL too
MFA_FORMS = {
    "authenticate": "dgs.core.accounts.forms.SecondStepForm",
    "reauthenticate": "dgs.core.accounts.forms.SecondStepAgainForm",
    "activate_totp": "dgs.core.accounts.forms.SecondStepOnForm",
    "add_webauthn": "dgs.core.accounts.passkey_forms.NewPasskeyForm",
    "login_webauthn": "dgs.core.accounts.passkey_forms.PasskeySignInForm",
    "authenticate_webauthn": "dgs.core.accounts.passkey_forms.PasskeyStepForm",
    "reauthenticate_webauthn": "dgs.core.accounts.passkey_forms.PasskeyAgainForm",
}
DGS_IDENTITY_PROVIDERS = env_rows("DGS_IDENTITY_PROVIDERS")
DGS_SECOND_STEP = env_list("DGS_SECOND_STEP")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:after_login"
LOGOUT_REDIRECT_URL = "portal:home"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
USE_I18N = True
TIME_ZONE = env("DGS_TIME_ZONE", "Asia/Jakarta")
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("DGS_STATIC_DIR", str(DATA_DIR / "static")))


def file_storage() -> dict:
    """Where files are kept: a folder, or a bucket when one is named (its client: requirements-s3.txt)."""
    if not env("DGS_S3_BUCKET"):
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env("DGS_S3_BUCKET"), "endpoint_url": env("DGS_S3_ENDPOINT") or None,
            "region_name": env("DGS_S3_REGION") or None, "access_key": env("DGS_S3_ACCESS_KEY") or None,
            "secret_key": env("DGS_S3_SECRET_KEY") or None, "addressing_style": "path", "default_acl": None,
            "file_overwrite": False,
        },
    }


STORAGES = {
    "default": file_storage(),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31536000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env("DGS_SMTP_HOST")
EMAIL_PORT = int(env("DGS_SMTP_PORT", "25"))
EMAIL_HOST_USER = env("DGS_SMTP_USER")
EMAIL_HOST_PASSWORD = env("DGS_SMTP_PASSWORD")
EMAIL_USE_TLS = env_flag("DGS_SMTP_TLS")
DEFAULT_FROM_EMAIL = env("DGS_EMAIL_FROM", "layanan@dgs.invalid")

DGS_SMS_URL = env("DGS_SMS_URL")
DGS_SMS_USER = env("DGS_SMS_USER")
DGS_SMS_PASSWORD = env("DGS_SMS_PASSWORD")
DGS_SMS_FROM = env("DGS_SMS_FROM", "DGS")
# Nobody is woken in the demo: what would wait for the morning is seen at once.
DGS_QUIET_HOURS = os.environ.get("DGS_QUIET_HOURS", "" if DEMO else "21:00-06:00")

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "dgs.core.accounts.middleware.token_refused"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BASE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("DGS_LOG_LEVEL", "WARNING")},
}
