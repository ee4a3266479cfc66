"""Tests of reviews: what they hold, who decides, what ends when they are signed off, and when they open by themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.actions.grants import OutOfScope, SelfGrant
from dgs.core.access.actions.reviews import (
    EVERY,
    ReviewOpen,
    ReviewSigned,
    ReviewUndecided,
    decide_item,
    open_due,
    open_review,
    sign_off,
)
from dgs.core.access.actions.telling import tell_reviewers, tell_second_people
from dgs.core.access.models import Grant, Review
from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow
from dgs.core.messaging.models import Message
from dgs.kernel.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def people(roles, offices):
    def made(name, role, office):
        user = accounts.create_user(name=name, email=f"{name.split()[1].lower()}@contoh.test", now=NOW)
        api.grant(user=user, role=role, office=offices[office], by=None, now=NOW, valid_from=TODAY - EVERY - timedelta(days=1))
        return user

    return {
        "head": made("Kepala Dishub", "head", "dishub"), "clerk": made("Loket Terminal", "clerk", "terminal"),
        "sekda": made("Sekretaris Daerah", "executive", "pemerintah"), "capil": made("Kepala Capil", "head", "dukcapil"),
    }


@pytest.fixture
def review(people, offices):
    return open_review(
        office=offices["dishub"], title="Tinjauan 2026", due_on=TODAY + timedelta(days=30), by=people["head"], now=NOW
    )


def item_of(review, user):
    return review.items.get(grant__user=user)


def test_it_holds_what_is_in_force_in_the_office_and_below_and_no_more(review, people):
    assert {one.grant.user for one in review.items.all()} == {people["head"], people["clerk"]}


def test_what_is_to_end_ends_when_it_is_signed_off_and_not_before(review, people):
    clerk = item_of(review, people["clerk"])
    decide_item(review_id=review.pk, item_id=clerk.pk, decision="end", remark="pindah", by=people["head"], now=NOW)
    assert api.Access(people["clerk"]).allows("cases.act")
    with pytest.raises(ReviewUndecided):
        sign_off(review_id=review.pk, by=people["head"], now=NOW)
    decide_item(review_id=review.pk, item_id=item_of(review, people["head"]).pk, decision="keep", by=people["sekda"], now=NOW)
    sign_off(review_id=review.pk, by=people["sekda"], now=NOW)
    assert not api.Access(people["clerk"]).allows("cases.act") and api.Access(people["head"]).allows("cases.act")
    found = Grant.objects.get(user=people["clerk"])
    assert (found.ended_by, found.ended_at) == (people["sekda"], NOW)
    assert AuditRow.objects.get(action="access.sign_review").facts == {"grants": 2, "ended": 1}
    with pytest.raises(ReviewSigned):
        decide_item(review_id=review.pk, item_id=clerk.pk, decision="keep", by=people["head"], now=NOW)


def test_nobody_decides_of_their_own_role(review, people):
    with pytest.raises(SelfGrant):
        decide_item(review_id=review.pk, item_id=item_of(review, people["head"]).pk, decision="keep", by=people["head"], now=NOW)
    assert item_of(review, people["head"]).decision == ""


def test_who_reviews_another_office_does_nothing_here(review, people):
    for act in (
        lambda: decide_item(
            review_id=review.pk, item_id=item_of(review, people["clerk"]).pk, decision="end", remark="x", by=people["capil"],
            now=NOW,
        ),
        lambda: sign_off(review_id=review.pk, by=people["capil"], now=NOW),
    ):
        with pytest.raises(OutOfScope):
            act()
    assert not review.items.exclude(decision="").exists()


def test_an_item_of_another_review_is_not_decided_through_this_one(review, people, offices):
    other = open_review(office=offices["dukcapil"], title="x", due_on=TODAY + timedelta(days=3), by=people["capil"], now=NOW)
    with pytest.raises(NotFound):
        decide_item(
            review_id=review.pk, item_id=other.items.get().pk, decision="end", remark="x", by=people["head"], now=NOW
        )


@pytest.mark.parametrize("more", [{"decision": "end", "remark": " "}, {"decision": "burn"}, {"decision": ""}])
def test_what_is_no_decision_is_refused(review, people, more):
    with pytest.raises(InvalidInput):
        decide_item(review_id=review.pk, item_id=item_of(review, people["clerk"]).pk, by=people["head"], now=NOW, **more)


def test_one_review_of_an_office_at_a_time(review, people, offices):
    with pytest.raises(ReviewOpen):
        open_review(office=offices["dishub"], title="x", due_on=TODAY + timedelta(days=3), by=people["head"], now=NOW)
    with pytest.raises(OutOfScope):
        open_review(office=None, title="x", due_on=TODAY + timedelta(days=3), by=people["head"], now=NOW)
    with pytest.raises(InvalidInput):
        open_review(office=offices["terminal"], title="x", due_on=TODAY, by=people["head"], now=NOW)


def test_what_ended_meanwhile_holds_up_nothing(review, people):
    accounts.close_account(user=people["clerk"], by=None, now=NOW)
    decide_item(review_id=review.pk, item_id=item_of(review, people["head"]).pk, decision="keep", by=people["sekda"], now=NOW)
    assert sign_off(review_id=review.pk, by=people["head"], now=NOW).signed_at == NOW


def test_reviews_open_by_themselves_twice_a_year_for_each_office(people, offices):
    assert open_due(now=NOW) == 3
    assert open_due(now=NOW) == 0
    central = Review.objects.get(office=offices["pemerintah"])
    assert {one.grant.user for one in central.items.all()} == {people["sekda"]}
    for one in Review.objects.all():
        one.signed_at, one.signed_by = NOW, people["sekda"]
        one.save()
    assert open_due(now=NOW + EVERY - timedelta(days=1)) == 0
    assert open_due(now=NOW + EVERY + timedelta(days=1)) == 3


def test_the_pages_open_decide_and_sign_off(people, client, offices):
    client.force_login(people["sekda"])
    answer = client.post("/akses/tinjauan", {"title": "Tinjauan", "office": "dishub", "due_on": str(TODAY + timedelta(days=9))})
    address = answer["Location"]
    review = Review.objects.get()
    clerk, head = item_of(review, people["clerk"]), item_of(review, people["head"])
    assert "Loket Terminal" in client.get(address).content.decode()
    sent = {f"d-{clerk.pk}": "end", f"r-{clerk.pk}": "", f"d-{head.pk}": "keep", "act": "sign"}
    assert "Tulis mengapa" in client.post(address, sent, follow=True).content.decode()
    head.refresh_from_db()
    assert head.decision == "keep" and Review.objects.get().signed_at is None
    client.post(address, sent | {f"r-{clerk.pk}": "pindah tugas"})
    assert Review.objects.get().signed_by == people["sekda"]
    assert not api.Access(people["clerk"]).allows("cases.act")
    assert "pindah tugas" in client.get(address).content.decode()
    assert b"pindah tugas" in b"".join(client.get(f"{address}/unduh/csv"))


def test_the_page_of_another_offices_review_is_not_found(review, people, client):
    client.force_login(people["capil"])
    assert client.get(f"/akses/tinjauan/{review.pk}").status_code == 404
    assert client.get(f"/akses/tinjauan/{review.pk}/unduh/csv").status_code == 404
    assert "Tinjauan 2026" not in client.get("/akses/tinjauan").content.decode()


def test_reviewers_hear_of_an_open_review_once_a_week(review, people):
    for n in range(3):
        assert tell_reviewers(now=NOW + timedelta(seconds=n)) == 2
    told = Message.objects.filter(about=f"access.review:{review.pk}")
    assert {one.to for one in told} == {"dishub@contoh.test", "daerah@contoh.test"}
    assert f"/akses/tinjauan/{review.pk}" in told[0].body
    tell_reviewers(now=NOW + timedelta(days=7))
    assert told.all().count() == 4


def test_the_second_people_hear_of_a_role_that_waits_and_not_who_gave_or_gets_it(people, offices):
    keepers = [accounts.create_user(name=f"Admi {n}", email=f"admi{n}@contoh.test", now=NOW) for n in range(2)]
    for one in keepers:
        api.grant(user=one, role="administrator", office=offices["pemerintah"], by=None, now=NOW)
    api.grant(user=people["clerk"], role="treasurer", office=offices["dishub"], by=keepers[0], now=NOW)
    tell_second_people(now=NOW)
    assert set(Message.objects.filter(about__startswith="access.waits").values_list("to", flat=True)) == {
        "admi1@contoh.test", "dishub@contoh.test", "daerah@contoh.test",
    }
