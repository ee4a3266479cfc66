"""The verbs `user` and `api-token`: accounts of staff from the command line; every act is on the audit record."""

from __future__ import annotations

import argparse
import getpass
import sys

from dgs.cli import installation
from dgs.cli.console import Refused, say
from dgs.kernel.errors import RuleBroken


def run(options: argparse.Namespace) -> int:
    """One act on accounts, against the database in DATABASE_URL."""
    installation.begin("DGS_SECRET_KEY", "DGS_AUDIT_KEY")
    from django.utils import translation

    act = _token if options.verb == "api-token" else ACTS[options.act]
    with translation.override("en"):
        try:
            return act(options)
        except RuleBroken as refusal:
            errors = [line for lines in getattr(refusal, "errors", {}).values() for line in lines]
            raise Refused(" ".join([str(refusal), *errors]).strip()) from None


def _found(name: str):
    from dgs.core.accounts import api

    user = api.user_by_login(name)
    if user is None:
        raise Refused(f"There is no account {name!r}.")
    return user


def _token(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from dgs.core.accounts import api

    user = _found(options.user)
    secret = api.new_token(user, options.name, timezone.now(), days=options.days)
    say(
        f"A token of {user.name}, valid for {options.days} days. It is shown only now:",
    )
    say(secret)
    return 0


def _invite(options: argparse.Namespace) -> int:
    """In an administrator's name: a link by e-mail. Otherwise the account at once, for the first administrator."""
    from django.db import transaction
    from django.utils import timezone

    from dgs.core.access import api as access
    from dgs.core.accounts import api as accounts
    from dgs.core.organisations import api as organisations

    now = timezone.now()
    if options.by:
        accounts.invite_staff(
            email=options.email,
            name=options.name,
            role=options.role,
            office=options.office,
            by=_found(options.by),
            now=now,
        )
        say("The invitation goes out by e-mail; its link is valid for 7 days.")
        return 0
    office = organisations.office_by_slug(options.office) if options.office else None
    if options.office and office is None:
        raise Refused(f"There is no office {options.office!r}.")
    with transaction.atomic():
        user = accounts.user_by_login(options.email) or accounts.create_user(name=options.name, email=options.email, now=now)
        access.grant(user=user, role=options.role, office=office, by=None, now=now, reason="launcher")
    say(f"The account is there. Set its password: ./dgs user password {user.username}")
    return 0


def _list(options: argparse.Namespace) -> int:
    from django.contrib.auth import get_user_model

    for user in get_user_model().objects.filter(grants__isnull=False).distinct().order_by("username"):
        roles = sorted(
            {f"{g.role_id} ({g.office.short_name})" if g.office else g.role_id for g in user.grants.select_related("office")}
        )
        state = "" if user.is_active else "  [disabled]"
        say(f"{user.username:<40} {user.name:<32} {', '.join(roles)}{state}")
    return 0


def _disable(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from dgs.core.accounts import api

    api.close_account(user=_found(options.user), by=None, now=timezone.now(), reason="launcher")
    say("The account is closed; what it did stays on record.")
    return 0


def _password(options: argparse.Namespace) -> int:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from dgs.core.accounts import api

    user = _found(options.user)
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    api.set_password(user=user, password=password, by=None, now=timezone.now(), how="launcher")
    say("The password is set; open sessions of this account end.")
    return 0


def _second_step_off(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from dgs.core.accounts import api

    api.drop_second_step(user=_found(options.user), by=None, now=timezone.now(), reason="launcher")
    say("The second step is off and open sessions of this account end; its password stays.")
    return 0


ACTS = {
    "invite": _invite, "list": _list, "disable": _disable, "password": _password, "second-step-off": _second_step_off,
}  # fmt: skip
