"""Tests of two who change roles at the same moment: one is let and the other is refused in words, and nobody ends the last."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.actions.reviews import open_review
from dgs.core.access.actions.roles import propose_role
from dgs.core.access.models import Grant, Review, RoleChange
from dgs.core.accounts import api as accounts
from dgs.kernel.errors import RuleBroken

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
DAY = timezone.localdate(NOW) + timedelta(days=9)


@pytest.fixture
def keepers(roles, offices):
    found = []
    for name in ("satu", "dua", "tiga"):
        user = accounts.create_user(name=f"Admi {name}", email=f"{name}@contoh.test", now=NOW)
        api.grant(user=user, role="administrator", office=offices["pemerintah"], by=None, now=NOW)
        found.append(user)
    return found


def at_once(*acts):
    """What became of acts that begin together: "done" or the code of the refusal, in order of the alphabet."""
    found, barrier = [], threading.Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(30)
            act()
            found.append("done")
        except RuleBroken as refusal:
            found.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_of_two_who_propose_or_open_the_same_one_is_refused_in_words(keepers, offices):
    wanted = {"title": "Arsiparis", "permissions": ["documents.view_issued"]}
    ask = [lambda by=by: propose_role(code="", wanted=wanted, reason="SK", by=by, now=NOW) for by in keepers]
    assert at_once(*ask) == ["done", "role-change-waits", "role-change-waits"] and RoleChange.objects.count() == 1
    begin = [lambda: open_review(office=offices["dishub"], title="x", due_on=DAY, by=None, now=NOW)] * 3
    assert at_once(*begin) == ["done", "review-open", "review-open"] and Review.objects.count() == 1


def test_of_two_who_end_each_others_roles_one_stays(keepers):
    first, second, third = keepers
    one, other = Grant.objects.get(user=first), Grant.objects.get(user=second)
    found = at_once(lambda: api.revoke(grant=one, by=second, now=NOW), lambda: api.revoke(grant=other, by=first, now=NOW))
    assert found == ["done", "grant-out-of-scope"] and Grant.objects.filter(ended_at=None).count() == 2
    left = [one.user for one in Grant.objects.filter(ended_at=None).select_related("user")]
    close = [lambda user=user: accounts.close_account(user=user, by=None, now=NOW) for user in left]
    assert at_once(*close) == ["done", "grant-last-keeper"] and Grant.objects.filter(ended_at=None).count() == 1
