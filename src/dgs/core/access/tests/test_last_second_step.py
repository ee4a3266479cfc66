"""Who must have a second step keeps the last one; with another beside it, or without such a role, it can be removed."""

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from dgs.core.access.second_step import SecondStepNeeded
from dgs.core.accounts.passkeys import remove_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(users):
    return users("head")[0]


def passkey(user):
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "Telepon", "credential": {}})


def test_the_last_second_step_stays_while_a_role_asks_for_one(head, settings):
    settings.DGS_SECOND_STEP = ["head"]
    only = passkey(head)
    with pytest.raises(SecondStepNeeded):
        remove_passkey(passkey_id=only.pk, user=head, now=timezone.now())
    assert Authenticator.objects.filter(pk=only.pk).exists()


def test_one_of_two_can_go_and_then_the_other_stays(head, settings):
    settings.DGS_SECOND_STEP = ["head"]
    first, second = passkey(head), passkey(head)
    remove_passkey(passkey_id=first.pk, user=head, now=timezone.now())
    with pytest.raises(SecondStepNeeded):
        remove_passkey(passkey_id=second.pk, user=head, now=timezone.now())
    assert list(Authenticator.objects.filter(user=head)) == [second]


def test_who_need_not_have_one_removes_the_last(head, settings):
    settings.DGS_SECOND_STEP = ["treasurer"]
    remove_passkey(passkey_id=passkey(head).pk, user=head, now=timezone.now())
    assert not Authenticator.objects.filter(user=head).exists()
