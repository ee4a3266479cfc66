"""Tests of "I never got it": every state and reason has its sentence and its advice, within reach, without any text."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone, translation

from dgs.core.audit.models import AuditRow
from dgs.core.messaging import helping
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Attempt, Message, Sender, SenderMinute, Silence, Wish

pytestmark = pytest.mark.django_db
NUMBER = "6281234567801"


def tell(n=1, **changes):
    values = {"key": f"k{n}", "channel": "sms", "to": NUMBER, "body": f"Rahasia {n}.", "now": timezone.now(), "office": "dishub"}
    return say(**(values | changes))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("state", Message.State.values)
@pytest.mark.parametrize("reason", ["", *Message.Reason.values])
def test_every_state_and_reason_has_its_sentence_and_advice(state, reason, language):
    now = timezone.now()
    message = Message(channel="sms", to=NUMBER, state=state, reason=reason, created_at=now, not_before=now)
    with translation.override(language):
        for last in (None, Attempt(number=1, began_at=now, ended_at=None), Attempt(number=1, began_at=now, ended_at=now)):
            said = helping.happened(message, last)
            assert "%(" not in said and "0812****801" in said and NUMBER not in said
        assert len(helping.advice(message)) > 15


@pytest.mark.parametrize("reason", Message.Reason.values)
def test_every_reason_has_an_advice_of_its_own(reason):
    assert reason in helping._ADVICE or reason == "broken-off", "what is uncertain is told by its state"


def test_the_page_says_what_happened_by_number_and_by_mail(client, enter):
    tell(1)
    mail = tell(2, channel="email", to="siti@contoh.id", subject="Kabar")
    Message.objects.filter(pk=mail.pk).update(state="failed", reason="bounced")
    enter()
    assert [one.message.to for one in client.get("/pesan/bantuan?q=0812 3456 7801").context["told"]] == [NUMBER]
    page = client.get("/pesan/bantuan?q=siti@contoh.id")
    assert page.context["told"][0].may_send
    text = page.content.decode()
    assert "s***@contoh.id" in text and "Rahasia" not in text
    assert AuditRow.objects.filter(kind="read", purpose="help").count() == 2


def test_a_code_is_spoken_of_and_never_shown_nor_sent_again(client, enter):
    code = tell(1, is_secret=True, body="Kode 482913", office="")
    Message.objects.update(state="failed", reason="gave-up")
    enter()
    page = client.get(f"/pesan/bantuan?q={NUMBER}")
    assert not page.context["told"][0].may_send
    assert "482913" not in page.content.decode() and f"/pesan/{code.pk}" not in page.content.decode()


def test_what_holds_for_the_address_is_said(client, enter):
    tell(1)
    Silence.objects.create(address=NUMBER, since=timezone.now())
    enter()
    holds = client.get(f"/pesan/bantuan?q={NUMBER}").context["holds"]
    assert len(holds) == 3 and "MULAI" in holds[0] and "Telkomsel" in holds[2]


def test_kinds_that_a_person_switched_off_are_said(monkeypatch):
    from dgs.kernel import registry
    from dgs.kernel.manifest import Reachable

    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    Wish.objects.create(party=party, channel="sms", kind="money", is_wanted=False, changed_at=timezone.now())
    siti = Reachable(user_id=1, party_id=party.pk, name="Siti", language="id", email="", phone=NUMBER)
    monkeypatch.setattr(registry, "whose", lambda address: siti)
    said = helping.of_address(NUMBER)
    assert any("SMS" in one for one in said) and len(said) == 2


def test_trouble_of_the_provider_at_that_time_is_remarked():
    now = timezone.now()
    sender = Sender.objects.create(name="uji", title="Uji", channel="sms", kind="handset", created_at=now)
    message = tell(1)
    Attempt.objects.create(message=message, number=1, sender=sender, provider="uji", began_at=now, ended_at=now, outcome="handed")
    minute = SenderMinute.objects.create(sender=sender, minute=now - timedelta(hours=2), troubled=3)
    assert helping.tell([message], may_send=lambda one: True)[0].remarks == ()
    SenderMinute.objects.filter(pk=minute.pk).update(minute=now - timedelta(minutes=3))
    assert len(helping.tell([message], may_send=lambda one: True)[0].remarks) == 1


def test_staff_of_an_office_learn_nothing_of_other_offices_messages(client, enter, offices):
    tell(1, office="dukcapil")
    Silence.objects.create(address=NUMBER, since=timezone.now())
    enter(office=offices[0])
    page = client.get(f"/pesan/bantuan?q={NUMBER}")
    assert page.context["told"] == [] and page.context["holds"] == []
    assert not AuditRow.objects.filter(kind="read").exists()


def test_who_may_not_send_again_is_offered_no_button(client, enter):
    tell(1)
    Message.objects.update(state="failed", reason="refused")
    enter(("messaging.view_outbox",))
    assert not client.get(f"/pesan/bantuan?q={NUMBER}").context["told"][0].may_send


@pytest.mark.parametrize("rows", [2, 10])
def test_the_page_asks_as_often_for_many_as_for_few(client, enter, assert_queries, rows):
    for n in range(rows):
        tell(n)
    enter()
    with assert_queries("messaging:help", rows):
        client.get(f"/pesan/bantuan?q={NUMBER}")


@pytest.mark.parametrize("query", ["", "?q=", "?q=%00", "?q=%27%22%3C", "?q=" + "9" * 300, "?q=tidak@ada.id"])
def test_hostile_and_empty_questions_are_answered(client, enter, query):
    enter()
    assert client.get("/pesan/bantuan" + query).status_code == 200


@pytest.mark.parametrize("state", ["handed", "delivered"])
def test_of_an_sms_nobody_is_sent_to_look_among_unwanted_mail(state):
    with translation.override("id"):
        said = {channel: helping.advice(Message(channel=channel, state=state, reason="")) for channel in ("sms", "email")}
    assert "spam" in said["email"] and "spam" not in said["sms"] and "telepon" in said["sms"]
