"""Tests of signing keys: sealed, published before they sign, changed without a token that cannot be checked, retired."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.signon.actions import signing
from dgs.core.signon.errors import KeyTooNew
from dgs.core.signon.models import SigningKey
from dgs.core.signon.tasks import tidy

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def kids(now):
    return {key["kid"] for key in signing.published_keys(now=now)}


def signs():
    return SigningKey.objects.get(retired_at=None, signs_from__isnull=False)


def test_two_keys_are_published_from_the_start_and_their_private_halves_are_sealed(db):
    keys = Client().get("/sso/jwks").json()["keys"]
    assert len(keys) == 2 and all(set(key) == {"kid", "kty", "n", "e", "use", "alg"} for key in keys)
    assert SigningKey.objects.count() == 2
    assert not any("PRIVATE" in key.sealed for key in SigningKey.objects.all())


def test_a_key_is_published_before_it_signs(db):
    before = kids(NOW)
    key = signing.rotate(by=None, now=NOW + 2 * DAY)
    assert key.kid in before and signs() == key


def test_a_key_that_applications_may_not_know_does_not_sign_unless_it_is_urgent(db):
    first = kids(NOW) and signs()
    with pytest.raises(KeyTooNew):
        signing.rotate(by=None, now=NOW + timedelta(hours=1))
    assert signs() == first and SigningKey.objects.count() == 2
    assert signing.rotate(by=None, now=NOW + timedelta(hours=1), is_urgent=True) != first
    assert AuditRow.objects.get(action="signon.rotate_signing").facts["urgent"] is True


def test_a_retired_key_stays_published_while_its_tokens_live_and_then_goes(db):
    token = signing.signed({"sub": "x"}, now=NOW)
    old = signs()
    signing.rotate(by=None, now=NOW + 2 * DAY)
    old.refresh_from_db()
    assert old.sealed == "" and old.kid in kids(NOW + 2 * DAY) and len(kids(NOW + 2 * DAY)) == 3
    assert old.kid not in kids(NOW + 3 * DAY)
    assert signing.read_own(token) == {"sub": "x"}, "still known when it is shown at signing out"


def test_the_nightly_job_changes_a_key_that_has_signed_for_ninety_days(db):
    kids(NOW)
    first = signs()
    tidy(0)
    assert signs() == first
    SigningKey.objects.update(published_at=NOW - 91 * DAY)
    SigningKey.objects.filter(pk=first.pk).update(signs_from=NOW - 91 * DAY)
    tidy(0)
    assert signs() != first


def test_there_is_never_a_second_key_that_signs(db):
    kids(NOW)
    key = signs()
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.create(kid="x", public={}, published_at=NOW, signs_from=NOW)
    assert signs() == key


@pytest.mark.parametrize("forge", [
    lambda token: token.rsplit(".", 1)[0] + ".", lambda token: "e30." + token.split(".", 1)[1], lambda token: token + "x.y",
    lambda token: token.replace(token.split(".")[1], "e30"), lambda token: "", lambda token: "..",
    lambda token: "bnVsbA.bnVsbA.x",
])
def test_a_forged_token_is_not_read(db, forge):
    assert signing.read_own(forge(signing.signed({"sub": "x"}, now=NOW))) is None
