"""The application of the demo, which examples/legacy_app plays; its secret is known to all, so it is made in the demo only."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from dgs.core.organisations import api as organisations
from dgs.core.signon.actions.applications import secret_hash
from dgs.core.signon.models import Application

CLIENT_ID, SECRET = "arsip-lama-demo", "hanya-untuk-demo"  # noqa: S105 - known to all, for the demo
HERE = "http://127.0.0.1:8090"


def load_demo_application() -> Application | None:
    """Register it, once; the one that is there stays. None outside the demo."""
    if not settings.DEMO:
        return None
    found, _is_new = Application.objects.get_or_create(client_id=CLIENT_ID, defaults={
        "name": "Arsip Lama", "office": organisations.office_of_kind("civil-registration"), "contact": "arsip@dgs.example",
        "purpose": "Mencari arsip lama dinas dengan akun yang sudah Anda punya.",
        "purpose_en": "Looks up the office's old files with the account you have.",
        "scopes": ["openid", "profile", "email", "staff"],
        "redirect_uris": [f"{HERE}/kembali"], "after_logout_uris": [f"{HERE}/"], "secret_hash": secret_hash(SECRET),
        "registered_at": timezone.now(),
    })
    return found
