"""Sign-ons: begun with a code after consent, turned into tokens, renewed and ended; who may ask is checked by the caller."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.signon.actions.signing import ID_TOKEN_LASTS, signed
from dgs.core.signon.errors import ApplicationOff, Refused
from dgs.core.signon.models import Application, Consent, SignOn, Token
from dgs.core.signon.scopes import in_order, subject
from dgs.kernel.protection import keyed_hash

CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS = timedelta(minutes=10)
SIGN_ON_LASTS = timedelta(days=30)
KEPT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an application asks for, checked: where to answer, which scopes, and what ties the answer to the question."""

    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    nonce: str


def give_consent(*, user, application: Application, scopes: Iterable[str], now: datetime) -> Consent:
    """Remember that the person lets the application read these scopes, besides those it may read already."""
    with transaction.atomic():
        held = Application.objects.select_related("office").get(pk=application.pk)
        if not held.is_active:
            raise ApplicationOff
        consent = Consent.objects.select_for_update().filter(user=user, application=held, withdrawn_at=None).first()
        before = consent.scopes if consent else []
        if consent is None:
            consent = Consent(user=user, application=held)
        consent.scopes, consent.given_at = in_order({*before, *scopes} & set(held.scopes)), now
        consent.save()
        audit.record(
            action="signon.give_consent", by=user, subject=f"signon.consent:{consent.pk}", now=now, person=user.party_id,
            office=held.office.slug, facts={"application": held.client_id, "scopes": consent.scopes, "before": before},
        )
    return consent


def withdraw_consent(*, consent_id: int, user, now: datetime) -> Application | None:
    """End a person's own consent and every token that came of it; None when there is none such."""
    with transaction.atomic():
        consent = (
            Consent.objects.select_for_update(of=("self",)).select_related("application__office")
            .filter(pk=consent_id, user=user, withdrawn_at=None).first()
        )
        if consent is None:
            return None
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])
        application = consent.application
        ended = end_sign_ons(SignOn.objects.filter(user=user, application=application), why="withdrawn", now=now)
        audit.record(
            action="signon.withdraw_consent", by=user, subject=f"signon.consent:{consent.pk}", now=now, person=user.party_id,
            office=application.office.slug, facts={"application": application.client_id, "ended": ended},
        )
    return application


def begin(*, application: Application, user, asked: Asked, signed_in_at: datetime, session_key: str, now: datetime) -> str:
    """Begin a sign-on and answer its code, good once and for a minute. Refuses (Refused) when consent does not cover it."""
    code = secrets.token_urlsafe(32)
    with transaction.atomic():
        # Behind this lock, consent cannot be withdrawn between the look and the row.
        consent = (
            Consent.objects.select_for_update(of=("self",), no_key=True).select_related("application__office")
            .filter(user=user, application=application, withdrawn_at=None, application__is_active=True).first()
        )
        if consent is None or not set(asked.scopes) <= set(consent.scopes):
            raise Refused("consent_required")
        made = SignOn.objects.create(
            application=consent.application, user=user, scopes=list(asked.scopes), code_hash=_hash(code, "code"),
            code_until=now + CODE_LASTS, redirect_uri=asked.redirect_uri, challenge=asked.challenge, nonce=asked.nonce,
            signed_in_at=signed_in_at, session_mark=session_mark(session_key), account_mark=account_mark(user), began_at=now,
            ends_at=now + SIGN_ON_LASTS,
        )
        audit.record(
            action="signon.begin", by=user, subject=f"signon.sign_on:{made.pk}", now=now, person=user.party_id,
            office=consent.application.office.slug,
            facts={"application": application.client_id, "scopes": list(asked.scopes)},
        )
    return code


def redeem_code(*, application: Application, code: str, redirect_uri: str, verifier: str, now: datetime) -> dict:
    """Turn a code into tokens. A code that comes a second time, or with a wrong verifier, ends the sign-on it began."""
    refusal = Refused("invalid_grant", "the code is unknown, used, too old or not yours")
    with transaction.atomic():
        held = _held(SignOn.objects.filter(code_hash=_hash(code, "code"), application=application))
        if held is None:
            raise refusal
        if held.code_used_at is not None:
            _end(held, "code_replayed", now)
        elif not secrets.compare_digest(_challenge_of(verifier).encode(), held.challenge.encode()):
            _end(held, "wrong_verifier", now)
        elif held.redirect_uri == redirect_uri and held.code_until > now and is_open(held, now):
            held.code_used_at = now
            held.save(update_fields=["code_used_at"])
            return _tokens(held, held.scopes, now)
    raise refusal


def renew(*, application: Application, refresh_token: str, scopes: list[str] | None, now: datetime) -> dict:
    """Turn a refresh token into new tokens; with `scopes`, an access token for fewer. One used before ends its whole sign-on."""
    refusal = Refused("invalid_grant", "the refresh token is unknown, used, too old or not yours")
    with transaction.atomic():
        known = Token.objects.filter(token_hash=_hash(refresh_token, "refresh"), kind=Token.Kind.REFRESH).first()
        held = _held(SignOn.objects.filter(pk=known.sign_on_id, application=application)) if known else None
        if held is None:
            raise refusal
        token = Token.objects.get(pk=known.pk)
        if token.used_at is not None:
            _end(held, "refresh_reused", now)
        elif is_open(held, now):
            if scopes is not None and not set(scopes) <= set(held.scopes):
                raise Refused("invalid_scope", "more than was agreed to")
            token.used_at = now
            token.save(update_fields=["used_at"])
            return _tokens(held, held.scopes if scopes is None else in_order(scopes), now)
    raise refusal


def revoke(*, application: Application, token: str, now: datetime) -> None:
    """End the sign-on to which a token of this application belongs; one that is unknown is no fault (RFC 7009)."""
    with transaction.atomic():
        hashes = [_hash(token, kind) for kind in Token.Kind.values]
        known = Token.objects.filter(token_hash__in=hashes, sign_on__application=application).first()
        held = _held(SignOn.objects.filter(pk=known.sign_on_id)) if known else None
        if held is not None and held.ended_at is None:
            _end(held, "revoked", now)


def end_sign_ons(found: QuerySet[SignOn], *, why: str, now: datetime) -> int:
    """End those of these sign-ons that are open; how many. Part of the caller's transaction, which audits."""
    held = found.filter(ended_at=None).select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    return SignOn.objects.filter(pk__in=list(held)).update(ended_at=now, ended_why=why)


def end_of_session(*, user, session_key: str, now: datetime) -> int:
    """End what was begun in this browser's session, at every application, when the person signs out there."""
    with transaction.atomic():
        mine = SignOn.objects.filter(user=user, session_mark=session_mark(session_key))
        ended = end_sign_ons(mine, why="signed_out", now=now)
        audit.record(action="signon.sign_out", by=user, subject=f"accounts.user:{user.pk}", now=now, facts={"ended": ended})
    return ended


def on_account_closed(event: accounts.AccountClosed) -> None:
    """A closed account is signed on nowhere."""
    end_sign_ons(SignOn.objects.filter(user=event.user_id), why="account_closed", now=event.now)


def forget(*, now: datetime) -> None:
    """Drop sign-ons that ended or ran out long ago, and tokens that open nothing and prove nothing any more."""
    SignOn.objects.filter(ends_at__lt=now - KEPT).delete()
    SignOn.objects.filter(ended_at__lt=now - KEPT).delete()
    Token.objects.filter(kind=Token.Kind.ACCESS, until__lt=now - timedelta(days=1)).delete()


def holder_of(access_token: str, *, now: datetime) -> Token:
    """The access token with its sign-on, person and application; refuses (Refused) one that is unknown, too old or ended."""
    token = (
        Token.objects.select_related("sign_on__user__party", "sign_on__application")
        .filter(token_hash=_hash(access_token, "access"), kind=Token.Kind.ACCESS, until__gt=now).first()
    )
    if token is None or not is_open(token.sign_on, now):
        raise Refused("invalid_token", "the token is unknown, too old or has ended", status=401)
    return token


def is_open(sign_on: SignOn, now: datetime) -> bool:
    """Whether its tokens are good: not ended, the application on, the account as it was."""
    user = sign_on.user
    return (
        sign_on.ended_at is None and sign_on.ends_at > now and sign_on.application.is_active
        and user.is_active and sign_on.account_mark == account_mark(user)
    )


def session_mark(session_key: str) -> str:
    """By what a browser's session is known again without its key, which would open it."""
    return keyed_hash(session_key, "signon.session")


def account_mark(user) -> str:
    """Changes with the password and when the person signs out everywhere, as that which Django compares for sessions."""
    return keyed_hash(user.get_session_auth_hash(), "signon.account")


def issuer() -> str:
    """By what name this DGS signs: its own address."""
    return settings.BASE_URL


def _held(found: QuerySet[SignOn]) -> SignOn | None:
    return found.select_for_update(of=("self",)).select_related("user", "application__office").first()


def _end(held: SignOn, why: str, now: datetime) -> None:
    """End a sign-on; a code or token that came twice is written down, for somebody else may have it."""
    SignOn.objects.filter(pk=held.pk, ended_at=None).update(ended_at=now, ended_why=why)
    audit.record(
        action="signon.end", by=None, subject=f"signon.sign_on:{held.pk}", now=now, person=held.user.party_id,
        office=held.application.office.slug, facts={"application": held.application.client_id, "why": why},
    )


def _tokens(held: SignOn, scopes: list[str], now: datetime) -> dict:
    access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    until = min(now + ACCESS_LASTS, held.ends_at)
    Token.objects.bulk_create([
        Token(sign_on=held, kind=Token.Kind.ACCESS, token_hash=_hash(access, "access"), scopes=scopes, made_at=now, until=until),
        Token(sign_on=held, kind=Token.Kind.REFRESH, token_hash=_hash(refresh, "refresh"), scopes=held.scopes, made_at=now,
              until=held.ends_at),
    ])
    second = int(now.timestamp())
    body = {
        "iss": issuer(), "sub": subject(held.application, held.user_id), "aud": held.application.client_id, "iat": second,
        "exp": second + int(ID_TOKEN_LASTS.total_seconds()), "auth_time": int(held.signed_in_at.timestamp()),
        "at_hash": _half(access),
    }
    if held.nonce:
        body["nonce"] = held.nonce
    return {
        "access_token": access, "token_type": "Bearer", "expires_in": int((until - now).total_seconds()),
        "refresh_token": refresh, "scope": " ".join(scopes), "id_token": signed(body, now=now),
    }


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _half(token: str) -> str:
    """The at_hash of OpenID Connect Core 3.1.3.6: the left half of the digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def _hash(value: str, kind: str) -> str:
    return keyed_hash(value, f"signon.{kind}")
