"""Tests of messages in the account: whose they are, what is new, and what people want to be told."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from dgs.core.messaging import own_messages
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.actions.wishes import fall_silent
from dgs.core.messaging.models import DeadAddress, Message, Receipt, Silence, Wish
from dgs.core.messaging.pump import Pump

pytestmark = pytest.mark.django_db
MINE, CHOICES = "/akun/pesan", "/akun/pesan/pilihan"


@pytest.fixture
def siti(django_user_model):
    return person(django_user_model, "Siti Contohwati", "6281234567890")


@pytest.fixture
def budi(django_user_model):
    return person(django_user_model, "Budi Percobaan", "6281299998888")


def person(users, name, phone):
    party = apps.get_model("parties", "Party").objects.create(kind="person", name=name)
    return users.objects.create_user(
        username=phone, name=name, phone=phone, email=f"{name.split()[0].lower()}@contoh.id", party=party
    )


def tell(user, n=1, **changes):
    values = {"key": f"{user.pk}:{n}", "channel": "sms", "to": user.phone, "body": f"Kabar {n} untuk {user.name}",
              "now": timezone.now(), "party_id": user.party_id}
    return say(**(values | changes))


def page(client, user, path=MINE):
    client.force_login(user)
    return client.get(path).content.decode()


def test_strangers_are_sent_to_sign_in(client):
    for path in (MINE, CHOICES, f"{MINE}/1"):
        assert client.get(path).status_code == 302


def test_a_person_sees_what_was_said_to_them_and_nobody_elses(client, siti, budi):
    own, other = tell(siti), tell(budi)
    tell(siti, 2, is_secret=True, body="Kode Anda 482913")
    tell(siti, 3, kind="code", body="Kode lama 111222")
    text = page(client, siti)
    assert own.body in text and f"{MINE}/{own.pk}" in text
    for hidden in (other.body, "482913", "111222"):
        assert hidden not in text
    for message in Message.objects.exclude(pk=own.pk):
        assert client.get(f"{MINE}/{message.pk}").status_code == 404
    assert not Message.objects.exclude(opened_at=None).exists()


def test_what_failed_or_was_switched_off_stands_there_all_the_same_and_what_was_withdrawn_does_not(client, siti):
    lost = tell(siti, 1)
    Message.objects.update(state="failed", reason="gave-up")
    fall_silent(address=siti.phone, now=timezone.now())
    assert tell(siti, 2, kind="news").state == "stopped"
    text = page(client, siti)
    assert lost.body in text and "Kabar 2" in text
    Message.objects.filter(state="stopped").update(reason="withdrawn")
    assert "Kabar 2" not in page(client, siti)
    assert "Pesan ini tidak sampai" in page(client, siti, f"{MINE}/{lost.pk}")


def test_the_same_said_by_sms_and_e_mail_stands_there_once(client, siti):
    now = timezone.now()
    tell(siti, 1, now=now, about="cases.case:1", body="Singkat")
    mail = tell(siti, 2, now=now, about="cases.case:1", channel="email", to=siti.email, subject="Panjang", body="Lebih panjang")
    tell(siti, 3, now=now, body="Tanpa perkara")
    text = page(client, siti)
    assert "Panjang" in text and "Singkat" not in text and "Tanpa perkara" in text
    assert own_messages.unread_of(siti) == 2
    page(client, siti, f"{MINE}/{mail.pk}")
    assert own_messages.unread_of(siti) == 1


def test_what_is_said_in_the_account_has_arrived_and_is_read_when_opened(client, siti, budi):
    told = tell(siti, channel="app", to=str(siti.pk), subject="Kabar", party_id=None)
    assert told.state == "delivered"
    assert f"{MINE}/{told.pk}" not in page(client, budi)
    page(client, siti)
    assert own_messages.unread_of(siti) == 1
    for _n in range(3):
        assert told.body in page(client, siti, f"{MINE}/{told.pk}")
    assert own_messages.unread_of(siti) == 0
    assert [row.said for row in Receipt.objects.all()] == ["read"]
    for n, to in enumerate(("siti@contoh.id", "²", "9" * 30, "", "-1")):
        assert tell(siti, f"x{n}", channel="app", to=to).reason == "address"


def test_what_one_statement_queued_for_the_account_arrives_by_the_pump(siti, settings):
    settings.DEMO = False
    told = tell(siti, channel="app", to=str(siti.pk))
    Message.objects.update(state="queued")
    Pump().run(is_once=True)
    told.refresh_from_db()
    assert told.state == "delivered"


def test_all_are_read_at_once_and_the_menu_says_how_many_are_new(client, siti, budi):
    for n in range(3):
        tell(siti, n)
    tell(siti, 9, channel="app", to=str(siti.pk))
    other = tell(budi)
    assert "4 pesan baru" in page(client, siti)
    assert client.get(f"{MINE}/dibaca").status_code == 405
    for _n in range(2):
        assert client.post(f"{MINE}/dibaca").status_code == 302
    assert "Tidak ada yang baru" in page(client, siti)
    other.refresh_from_db()
    assert other.opened_at is None
    assert Receipt.objects.count() == 1


def test_the_number_of_new_ones_stands_in_the_header_of_every_page(client, siti):
    for n in range(3):
        tell(siti, n)
    assert '3<span class="visually-hidden"> baru' in page(client, siti, "/bantuan")
    assert '3<span class="visually-hidden"> baru' in page(client, siti)
    one = Message.objects.first()
    assert '2<span class="visually-hidden"> baru' in page(client, siti, f"{MINE}/{one.pk}")
    assert '2<span class="visually-hidden"> baru' in page(client, siti)


def test_pages_go_back_in_time(client, siti, django_assert_max_num_queries):
    now = timezone.now()
    for n in range(25):
        tell(siti, n, now=now + timedelta(seconds=n), body=f"Kabar nomor {n:02}")
    page(client, siti)
    with django_assert_max_num_queries(5):
        text = client.get(MINE).content.decode()
    assert "nomor 24" in text and "nomor 04" not in text
    before = Message.objects.order_by("-pk")[19].pk
    assert f"?before={before}" in text
    assert "nomor 04" in page(client, siti, f"{MINE}?before={before}")
    assert "Tidak ada pesan lebih lama" in page(client, siti, f"{MINE}?before=1")
    assert page(client, siti, f"{MINE}?before=abc")


def test_words_of_others_are_no_html(client, siti):
    told = tell(siti, subject="<b>x</b>", body="<script>alert(1)</script>")
    assert "<script>alert" not in page(client, siti) + page(client, siti, f"{MINE}/{told.pk}")


def test_somebody_without_a_record_sees_what_was_said_to_the_account(client, django_user_model):
    user = django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan")
    say(key="k", channel="app", to=str(user.pk), body="Selamat datang", now=timezone.now())
    say(key="k2", channel="sms", to="081234567890", body="Tanpa orang", now=timezone.now())
    text = page(client, user)
    assert "Selamat datang" in text and "Tanpa orang" not in text
    assert 'type="checkbox"' not in page(client, user, CHOICES)
    client.post(CHOICES, {"sms-news": "1"})
    assert not Wish.objects.exists()


def test_kinds_are_switched_off_and_on_by_channel(client, siti, budi):
    assert page(client, siti, CHOICES).count(" checked") == 8
    assert client.post(CHOICES, {"sms-matter": "1", "email-money": "1", "email-code": "1", "x-y": "1"}).status_code == 302
    assert page(client, siti, CHOICES).count(" checked") == 2
    assert tell(siti, 1, kind="matter").state == "queued"
    assert tell(siti, 2, kind="money").state == "stopped"
    assert tell(siti, 3, kind="money", channel="email", to=siti.email).state == "queued"
    assert tell(siti, 4, kind="emergency").state == "queued"
    assert tell(budi, 1, kind="money").state == "queued"
    client.force_login(siti)
    kinds = ("matter", "money", "reminder", "news")
    client.post(CHOICES, {f"{channel}-{kind}": "1" for channel in ("sms", "email") for kind in kinds})
    assert tell(siti, 5, kind="money").state == "queued"
    assert Wish.objects.filter(party=siti.party).count() == 8


def test_stop_is_shown_and_taken_back(client, siti, budi):
    fall_silent(address=siti.phone, now=timezone.now())
    text = page(client, siti, CHOICES)
    assert "Nomor Anda berkata STOP" in text and text.count(">dihentikan<") == 2
    client.post(f"{CHOICES}/nomor", {"what": "mulai"})
    assert not Silence.objects.exists()
    assert "MULAI" in page(client, siti, CHOICES)
    client.post(f"{CHOICES}/nomor", {"what": "stop"})
    assert Silence.objects.get().address == siti.phone


def test_quiet_hours_and_a_dead_address_are_explained_in_both_languages(client, siti, settings):
    settings.DGS_QUIET_HOURS = "21:00-06:00"
    DeadAddress.objects.create(address=siti.email, times=2, first_at=timezone.now(), last_at=timezone.now())
    text = page(client, siti, CHOICES)
    assert "21.00" in text and "06.00" in text and "kembali kepada kami" in text
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    text = page(client, siti, CHOICES)
    assert "nobody is woken" in text and "came back" in text
