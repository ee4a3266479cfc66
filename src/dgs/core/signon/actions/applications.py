"""Registering applications, changing them and their secret, switching them off and on; checked by their form before."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from dgs.core.audit import api as audit
from dgs.core.signon.actions.sign_ons import end_sign_ons
from dgs.core.signon.errors import ApplicationOff, NoSecret
from dgs.core.signon.models import Application, SignOn
from dgs.kernel.protection import keyed_hash

KEPT_APART = ("id", "client_id", "kind", "secret_hash", "is_active", "registered_by", "registered_at")


def secret_hash(secret: str) -> str:
    """As it is kept; empty for none."""
    return keyed_hash(secret, "signon.secret") if secret else ""


def register_application(*, application: Application, by, now: datetime) -> str:
    """Enter a new application; its secret, to be shown once, or empty when it runs in the browser."""
    secret = secrets.token_urlsafe(32) if application.kind == Application.Kind.SERVER else ""
    application.client_id, application.secret_hash = secrets.token_hex(16), secret_hash(secret)
    application.registered_by, application.registered_at = by, now
    with transaction.atomic():
        application.save(force_insert=True)
        _record("register_application", application, by, now, **_told(application))
    return secret


def change_application(*, application: Application, by, now: datetime) -> Application:
    """Change what its form asks. Claims follow at once; an address or scope that went is refused from now on."""
    with transaction.atomic():
        before = Application.objects.select_for_update().get(pk=application.pk)
        fields = [field for field in Application._meta.concrete_fields if field.name not in KEPT_APART]
        changed = [field.name for field in fields if getattr(before, field.attname) != getattr(application, field.attname)]
        if changed:
            application.save(update_fields=changed)
            _record("change_application", application, by, now, changed=changed, **_told(application))
    return application


def change_secret(*, application_id: int, by, now: datetime) -> str:
    """A new secret, to be shown once; the one before ends at once. Refuses (NoSecret) for one in the browser."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        held = _held(application_id)
        if held.kind != Application.Kind.SERVER:
            raise NoSecret
        if not held.is_active:
            raise ApplicationOff
        held.secret_hash = secret_hash(secret)
        held.save(update_fields=["secret_hash"])
        _record("change_secret", held, by, now)
    return secret


def switch(*, application_id: int, is_on: bool, by, now: datetime) -> Application:
    """Switch an application off, which ends every sign-on at it, or on again, after which people sign in anew."""
    with transaction.atomic():
        held = _held(application_id)
        if held.is_active != is_on:
            held.is_active = is_on
            held.save(update_fields=["is_active"])
            ended = 0 if is_on else end_sign_ons(SignOn.objects.filter(application=held), why="switched_off", now=now)
            _record("switch_on" if is_on else "switch_off", held, by, now, ended=ended)
    return held


def _held(application_id: int) -> Application:
    return Application.objects.select_for_update(of=("self",)).select_related("office").get(pk=application_id)


def _told(application: Application) -> dict:
    return {
        "scopes": application.scopes, "redirect_uris": application.redirect_uris, "identity_basis": application.identity_basis,
    }


def _record(what: str, application: Application, by, now: datetime, **facts) -> None:
    audit.record(
        action=f"signon.{what}", by=by, subject=f"signon.application:{application.pk}", now=now, office=application.office.slug,
        facts={"application": application.client_id, **facts},
    )
