"""Cases of a business that several persons represent: all see them as their own, none of them handles them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dgs.core.access.api import Access
from dgs.core.cases import api as cases
from dgs.core.cases.actions import claims, transitions
from dgs.core.cases.applicants import applications_of
from dgs.core.cases.errors import OwnCase
from dgs.core.parties.models import Representation
from dgs.core.services import api as services
from dgs.kernel.errors import NotFound


def represent(case, person, begin, end=None):
    return Representation.objects.create(
        business=case.business.business, person=person, capacity="Direktur", valid_from=begin, valid_to=end
    )


def test_an_officer_who_represents_the_business_does_not_handle_its_case(player):
    case = player.make("izin-trayek")
    officer = player.officer(case)
    officer.party = player.siti.party
    type(officer).objects.filter(party=player.siti.party_id).update(party=None)
    officer.save(update_fields=["party"])
    today = player.now.date()
    own = represent(case, player.siti.party.person, today - timedelta(days=9))
    definition = services.definition_of(case.version_id)
    events = case.events.count()
    with pytest.raises(OwnCase):
        player.act(case, "accept", by=officer)
    with pytest.raises(OwnCase):
        claims.claim(reference=case.reference, by=officer, access=Access(officer), now=player.now)
    assert case.events.count() == events
    offered = transitions.offered(case, definition, user=officer, access=Access(officer), on=today)
    assert {action.kind for action in offered} <= {"withdraw"}
    # Whose representation has ended is an officer like any other.
    Representation.objects.filter(pk=own.pk).update(valid_to=today - timedelta(days=1))
    player.act(case, "accept", by=officer)
    assert case.events.count() == events + 1


def test_a_co_representative_sees_the_cases_of_the_business_and_nobody_else_does(player, sign_in):
    case = player.make("izin-trayek")
    today = player.now.date()
    assert case not in applications_of(player.siti, today)
    represent(case, player.siti.party.person, today)
    assert case in applications_of(player.siti, today)
    assert case not in applications_of(player.siti, today - timedelta(days=1))
    page = sign_in(player.siti).get(reverse("cases:mine_detail", args=[case.reference]))
    assert page.status_code == 200
    player.act(case, "withdraw", by=player.siti)
    case.refresh_from_db()
    assert case.outcome == "withdrawn"


def test_a_stranger_to_the_business_finds_no_case(player):
    case = player.make("izin-trayek")
    with pytest.raises(NotFound):
        cases.act(
            reference=case.reference, action_id="withdraw", by=player.siti, access=Access(player.siti), seq=None,
            now=player.now,
        )
