"""Tests of two at the same moment: one code, one invitation, one window of attempts."""

import re
import threading

import pytest
from django.db import connection
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.access.models import Grant
from dgs.core.accounts import api, invitations
from dgs.core.accounts.codes import CodeGone, send_code, use_code
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import User
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.messaging.models import Message
from dgs.core.organisations.models import Office
from dgs.kernel.errors import RuleBroken

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def at_once(count, act):
    """What each of several parallel runs answered: a result, or the class of its refusal."""
    outcomes, start = [], threading.Barrier(count)

    def run():
        try:
            start.wait(10)
            outcomes.append(act())
        except RuleBroken as refusal:
            outcomes.append(type(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_a_code_typed_in_two_places_at_once_is_accepted_once(code_for):
    address = Address("email", "siti@contoh.example")
    send_code(purpose="reset", address=address, body="%(code)s", subject="", language="id", now=NOW)
    code = code_for(address.to)
    outcomes = at_once(4, lambda: use_code(purpose="reset", address=address, typed=code, now=NOW))
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, CodeGone, CodeGone, CodeGone]))


def test_an_invitation_opened_twice_at_once_makes_one_account_and_one_role(village):
    access.load_roles()
    office = Office.objects.create(slug="dishub", kind="transport", name="Dinas Perhubungan", short_name="Dishub",
                                   region=village.parent.parent)
    admin = api.create_user(name="Admi Nistrawan", email="admi@kantor.example", now=NOW)
    access.grant(user=admin, role="administrator", office=office, by=None, now=NOW)
    invitations.invite_staff(email="rina@kantor.example", name="Rina Undangwati", role="clerk", office="dishub",
                             by=admin, now=NOW)
    token = re.search(r"/undangan/(\S+)", Message.objects.get().body)[1]

    def accept():
        invitations.accept_invitation(token=token, password=PASSWORD, user=None, now=NOW)
        return "joined"

    assert sorted(map(str, at_once(3, accept))) == sorted(
        map(str, ["joined", invitations.InvitationGone, invitations.InvitationGone])
    )
    assert User.objects.filter(email="rina@kantor.example").count() == 1
    assert Grant.objects.filter(role_id="clerk").count() == 1


def test_attempts_made_at_once_are_all_counted(db):
    outcomes = at_once(8, lambda: api.throttle(kind="k", key="a", limit=5, seconds=60, now=NOW))
    assert sorted(o for o in outcomes if isinstance(o, int)) == [1, 2, 3, 4, 5]
    assert outcomes.count(api.TooManyAttempts) == 3
