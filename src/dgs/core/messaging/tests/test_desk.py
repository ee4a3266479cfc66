"""Tests of the desk of messages: searching, what is stuck, one message's history, conversations, answers, what came in."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging.actions import receiving
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Attempt, Inbound, Message, Receipt, Sender
from dgs.core.messaging.segments import segments
from dgs.core.messaging.timeline import timeline

pytestmark = pytest.mark.django_db
NUMBER = "6281234567801"


@pytest.fixture
def sender():
    return Sender.objects.create(
        name="uji", title="Gateway percobaan", channel="sms", kind="handset", prices={"": 300}, created_at=timezone.now()
    )


def tell(n=1, **changes):
    values = {"key": f"k{n}", "channel": "sms", "to": NUMBER, "body": f"Kabar {n}.", "now": timezone.now(), "office": "dishub"}
    return say(**(values | changes))


def write(sender, text="HALO", n=1, number=NUMBER):
    return receiving.receive(sender=sender, gateway_id=f"g{n}", number=number, text=text, now=timezone.now())


def listed(client, address):
    return [row.pk for row in client.get(address).context["rows"]]


# --- the list


def test_messages_are_found_by_a_persons_name_within_reach_and_that_is_written_down(client, enter, offices):
    siti = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    own, other = tell(1, party_id=siti.pk), tell(2, party_id=siti.pk, office="dukcapil")
    tell(3, to="081299999999")
    enter(office=offices[0])
    assert listed(client, "/pesan?q=siti contoh") == [own.pk]
    row = AuditRow.objects.get(kind="read")
    assert row.person == siti.pk and row.facts == {"by": "name", "found": [siti.pk]}
    enter()
    assert listed(client, "/pesan?q=Contohwati") == [other.pk, own.pk]


def test_messages_are_narrowed_by_kind_office_and_days(client, enter, offices):
    now = timezone.now()
    old = tell(1, now=now - timedelta(days=3), kind="money")
    new = tell(2, office="dukcapil", to="081299999999")
    enter()
    day = timezone.localdate(now)
    assert listed(client, "/pesan?kind=money") == [old.pk]
    assert listed(client, "/pesan?kantor=dukcapil") == [new.pk]
    assert listed(client, f"/pesan?dari={day}") == [new.pk]
    assert listed(client, f"/pesan?sampai={day - timedelta(days=1)}") == [old.pk]
    assert listed(client, f"/pesan?dari={day}&sampai={day}") == [new.pk]


@pytest.mark.parametrize(
    "query", ["dari=2026-99-99", "dari=%00", "kantor=%00x", "kind=x&sebab=y", "dari=9999-12-31", "sampai=0001-01-01"]
)
def test_hostile_filters_narrow_nothing_and_break_nothing(client, enter, query):
    tell(1)
    enter()
    for address in ("/pesan", "/pesan/gagal", "/pesan/masuk"):
        assert client.get(f"{address}?{query}").status_code == 200


def test_the_file_holds_what_the_list_holds_without_words_or_whole_addresses(client, enter, offices):
    tell(1), tell(2, office="dukcapil", to="081299999999"), tell(3, is_secret=True, body="Kode 482913")
    enter(office=offices[0])
    answer = client.get("/pesan/daftar.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2 and "0812****801" in lines[1] and "Kabar" not in lines[1] and NUMBER not in lines[1]
    assert AuditRow.objects.filter(action="messaging.exported").count() == 1
    assert client.get("/pesan/daftar.exe").status_code == 404


@pytest.mark.parametrize("rows", [3, 30])
def test_lists_ask_as_often_for_many_as_for_few(client, enter, sender, assert_queries, rows):
    for n in range(rows):
        tell(n)
        write(sender, n=n, number=f"0812345{n:05}")
    Message.objects.filter(key__startswith="k").update(state="failed", reason="refused")
    enter()
    for name, address in (("messaging:outbox", "/pesan"), ("messaging:dead", "/pesan/gagal"), ("messaging:inbox", "/pesan/masuk"),
                          ("messaging:conversation", f"/pesan/percakapan/{NUMBER}")):
        with assert_queries(name, rows):
            assert client.get(address).status_code == 200


# --- what is stuck


def test_what_did_not_arrive_is_grouped_and_sent_again_when_ticked(client, enter):
    rows = [tell(n) for n in range(4)]
    for row, (state, reason) in zip(rows, [("failed", "refused"), ("uncertain", "broken-off"), ("expired", ""), ("handed", "")],
                                    strict=True):
        Message.objects.filter(pk=row.pk).update(state=state, reason=reason)
    enter()
    page = client.get("/pesan/gagal")
    assert {(g["state"], g["count"]) for g in page.context["groups"]} == {("failed", 1), ("uncertain", 1), ("expired", 1)}
    assert listed(client, "/pesan/gagal?sebab=refused&state=failed") == [rows[0].pk]
    client.post("/pesan/gagal/kirim-ulang", {"pilih": [rows[0].pk, rows[1].pk, rows[3].pk, "x", "9" * 30]})
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == ["queued", "queued", "expired", "handed"]
    assert AuditRow.objects.filter(action="messaging.send_again").count() == 2


def test_only_messages_within_reach_are_sent_again(client, enter, offices):
    other = tell(1, office="dukcapil")
    Message.objects.update(state="failed", reason="refused")
    enter(office=offices[0])
    client.post("/pesan/gagal/kirim-ulang", {"pilih": [other.pk]})
    other.refresh_from_db()
    assert other.state == "failed"
    enter(("messaging.view_outbox",))
    assert client.post("/pesan/gagal/kirim-ulang", {"pilih": [other.pk]}).status_code == 403


# --- one message


def test_a_message_tells_what_happened_in_the_order_of_time(client, enter, sender):
    now = timezone.now()
    said = tell(1, about="messaging.inbound:1")
    first = Attempt.objects.create(
        message=said, number=1, sender=sender, provider="uji", began_at=now + timedelta(seconds=1),
        ended_at=now + timedelta(seconds=2), outcome="later", detail="TimeoutError",
    )
    second = Attempt.objects.create(
        message=said, number=2, sender=sender, provider="uji", began_at=now + timedelta(seconds=40),
        ended_at=now + timedelta(seconds=41), outcome="handed", parts=2, cost=600,
    )
    Receipt.objects.create(attempt=second, said="delivered", received_at=now + timedelta(seconds=60))
    Message.objects.filter(pk=said.pk).update(state="delivered")
    said.refresh_from_db()
    write(sender, n=9)
    Message.objects.filter(pk=said.pk).update(about=f"messaging.inbound:{Inbound.objects.get().pk}")
    moments = timeline(said, [first, second])
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    assert len(moments) == 6
    enter()
    text = client.get(f"/pesan/{said.pk}").content.decode()
    assert "Gateway percobaan" in text and "Rp\xa0600" in text and f"/pesan/percakapan/{NUMBER}" in text


@pytest.mark.parametrize("state", Message.State.values)
def test_every_state_of_a_message_has_a_history(state):
    said = tell(1)
    said.state, said.reason, said.not_before = state, "quiet" if state == "held" else "", timezone.now()
    assert timeline(said, [])[0].at == said.created_at


# --- the conversation


def test_a_conversation_shows_both_sides_and_never_what_is_secret(client, enter, sender):
    write(sender, "HALO PEMDA")
    tell(1, body="Berkas sudah lengkap."), tell(2, is_secret=True, body="Kode 482913")
    Inbound.objects.create(sender=sender, gateway_id="s", number=NUMBER, received_at=timezone.now(), is_secret=True, text="")
    enter()
    text = client.get(f"/pesan/percakapan/{NUMBER}").content.decode()
    assert "HALO PEMDA" in text and "Berkas sudah lengkap." in text and "482913" not in text
    assert text.count('class="bubble') >= 5
    assert AuditRow.objects.filter(kind="read", purpose="conversation").count() == 1


def test_staff_of_one_office_see_their_side_only(client, enter, offices, sender):
    write(sender, "HALO PEMDA")
    tell(1, body="Dari kami."), tell(2, body="Dari yang lain.", office="dukcapil")
    enter(office=offices[0])
    text = client.get(f"/pesan/percakapan/{NUMBER}").content.decode()
    assert "Dari kami." in text and "HALO PEMDA" not in text and "Dari yang lain." not in text


@pytest.mark.parametrize("number", ["081234567801", "6281299999999", "abc", "0"])
def test_a_number_nothing_was_said_with_has_no_page(client, enter, number):
    tell(1)
    enter()
    assert client.get(f"/pesan/percakapan/{number}").status_code == 404
    assert client.post(f"/pesan/percakapan/{number}/jawab", {"teks": "Halo"}).status_code == 404


def test_an_answer_goes_out_once_and_is_audited(client, enter, sender, settings):
    settings.DGS_QUIET_HOURS = "00:00-23:59"
    write(sender)
    enter()
    for _twice in range(2):
        client.post(f"/pesan/percakapan/{NUMBER}/jawab", {"teks": "Silakan datang “besok”.", "sekali": "a1"})
    said = Message.objects.get(key__startswith="answer:")
    assert said.body == 'Silakan datang "besok".' and said.kind == "matter" and said.to == NUMBER
    assert said.state == "queued", "who has just written waits for it, at night too"
    assert AuditRow.objects.get(action="messaging.answered").subject == f"messaging.message:{said.pk}"


@pytest.mark.parametrize("text", ["", "  \x00", "x" * 460, "ж" * 202])
def test_an_answer_that_is_empty_or_too_long_is_refused_and_given_back(client, enter, sender, text):
    write(sender)
    enter()
    answer = client.post(f"/pesan/percakapan/{NUMBER}/jawab", {"teks": text})
    assert answer.status_code == 422
    assert not Message.objects.filter(key__startswith="answer:").exists()
    assert answer.context["text"].strip("\x00 ") == text.strip("\x00 ")


def test_an_answer_is_given_in_the_name_of_an_office_one_may_answer_for(client, enter, offices):
    tell(1)
    enter(office=offices[0])
    assert client.post(f"/pesan/percakapan/{NUMBER}/jawab", {"teks": "Halo", "kantor": "dukcapil"}).status_code == 403
    assert client.post(f"/pesan/percakapan/{NUMBER}/jawab", {"teks": "Halo"}).status_code == 302
    assert Message.objects.get(key__startswith="answer:").office_id == "dishub"
    enter(("messaging.view_outbox",))
    assert client.post(f"/pesan/percakapan/{NUMBER}/jawab", {"teks": "Halo lagi"}).status_code == 403


# --- what came in


def test_what_came_in_is_found_by_outcome_number_and_words(client, enter, sender):
    one, two = write(sender, "BANTUAN"), write(sender, "selamat pagi semua", n=2, number="081299999999")
    enter()
    assert listed(client, "/pesan/masuk") == [two.pk, one.pk]
    assert listed(client, "/pesan/masuk?hasil=unknown") == [two.pk]
    assert listed(client, "/pesan/masuk?q=bantuan") == [one.pk]
    assert listed(client, "/pesan/masuk?q=0812-9999-9999") == [two.pk]
    assert listed(client, "/pesan/masuk?q=PAGI") == [two.pk]
    assert listed(client, "/pesan/masuk?hasil=waiting") == []


def test_what_people_wrote_is_shown_to_those_who_see_everything(client, enter, offices):
    enter(office=offices[0])
    assert client.get("/pesan/masuk").status_code == 403


def test_a_broken_one_is_worked_on_again_by_a_person_and_answered_anew(client, enter, sender):
    row = write(sender, "BANTUAN")
    Inbound.objects.update(outcome="broken")
    enter()
    assert client.post(f"/pesan/masuk/{row.pk}/lagi").status_code == 302
    assert client.post(f"/pesan/masuk/{row.pk}/lagi").status_code == 409
    row.refresh_from_db()
    assert row.outcome == "answered"
    assert Message.objects.filter(about=f"messaging.inbound:{row.pk}").count() == 2
    enter(("messaging.view_outbox",))
    assert client.post(f"/pesan/masuk/{row.pk}/lagi").status_code == 403


def test_the_counter_of_the_page_knows_the_same_alphabet_as_the_server():
    from pathlib import Path

    from dgs.core.messaging import segments as module

    script = (Path(module.__file__).parent / "static/messaging/sms.js").read_text(encoding="utf-8")
    for sign in module.GSM | module.GSM_EXTENDED:
        written = {"\n": "\\n", "\r": "\\r", "\f": "\\f", '"': '\\"', "\\": "\\\\"}.get(sign, sign)
        assert written in script, sign
    assert segments("x" * 460).parts == 4
