"""Tests of accounts by SMS: made only by who reads the code that was sent to the number, and told so when there is one."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.accounts import recovery
from dgs.core.accounts.actions import create_user
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import User
from dgs.core.accounts.queries import whose
from dgs.core.messaging.api import segments
from dgs.core.messaging.models import Conversation, Inbound, Message
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions

NUMBER, NIK = "6281355550001", "1607016204959001"


@pytest.fixture
def clock():
    """A clock that goes on ten seconds with each text, so that nobody writes too fast."""
    state = {"at": timezone.now()}

    def tick(**more):
        state["at"] += timedelta(**(more or {"seconds": 10}))
        return state["at"]

    return tick


@pytest.fixture
def ask(sms, clock, regions):
    return lambda text, number=NUMBER, **more: sms(text, number=number, now=clock(), **more)


def code_of(number=NUMBER):
    sent = Message.objects.filter(to=number, about__startswith="accounts.code").order_by("-pk").first()
    return re.search(r"\d{6}", sent.body)[0]


def up_to_the_code(ask, nik=NIK, number=NUMBER):
    village = regions.search("ta", level=4, within=regions.home_region().code, limit=1)[0]
    for text, said in (
        ("AKUN", "nama lengkap"), ("Siti Contohwati", "NIK"), (nik, "22 Apr 1995, perempuan"), ("ya", "Di mana Anda lahir"),
        ("Palembang", "tinggal"), ("Jl. Contoh 1, RT 01/RW 02", "desa"), (village.name, None),
    ):
        answer = ask(text, number)
        assert said is None or said in answer, answer
        assert segments(answer).parts <= 2
    if "1. " in answer:
        answer = ask("1", number)
    assert "privasi" in answer and segments(answer).parts <= 2
    assert "enam angka" in ask("YA", number)


def test_an_account_is_made_step_by_step_with_the_code_that_was_sent(ask):
    up_to_the_code(ask)
    assert not User.objects.exists()
    assert "Akun Anda siap" in ask(code_of())
    user = User.objects.get()
    assert (user.phone, user.username, user.name, user.has_usable_password()) == (NUMBER, NUMBER, "Siti Contohwati", False)
    assert whose(NUMBER).user_id == user.pk and parties.person_by_nik(NIK).party_id == user.party_id
    assert "sudah punya akun" in ask("AKUN")
    assert not Conversation.objects.exists()


def test_what_is_secret_is_kept_nowhere(ask):
    up_to_the_code(ask)
    code = code_of()
    ask(code)
    texts = " ".join(Inbound.objects.values_list("text", flat=True))
    assert NIK not in texts and code not in texts and "Jl. Contoh" not in texts and "Palembang" not in texts
    assert not Message.objects.filter(body__contains=NIK).exists()


def test_who_forges_the_sender_makes_no_account(ask):
    up_to_the_code(ask)
    wrong = "000000" if code_of() != "000000" else "111111"
    for _n in range(5):
        assert "enam angka" in ask(wrong)
    assert "KIRIM" in ask(code_of())
    assert not User.objects.exists()
    ask("KIRIM")
    assert "Akun Anda siap" in ask(code_of())


@pytest.mark.parametrize(
    ("step", "text", "said"),
    [
        (1, "x", "?"), (1, "\x00\u202e", "?"), (2, "1234", "16"), (2, "'; DROP", "16"), (3, "32-13-1995", "31-01-1990"),
        (3, "31-01-2999", "31-01-1990"), (6, "Zzzzz", "desa"), (6, "99", "desa"),
    ],
)
def test_wrong_answers_are_asked_again(ask, step, text, said):
    for right in ("AKUN", "Siti Contohwati", NIK, "YA", "Palembang", "Jl. Contoh 1")[:step]:
        ask(right)
    assert said in ask(text)
    assert Conversation.objects.exists() and not Inbound.objects.filter(outcome="broken").exists()


def test_another_ones_nik_is_refused_as_on_the_page(ask, clock):
    person = parties.register_person(nik=NIK, name="Siti Contohwati", now=clock(), phone="6281311112222")
    create_user(name="Siti Contohwati", phone="6281311112222", party=person.party, now=clock())
    ask("AKUN")
    ask("Siti Contohwati")
    assert "sudah terdaftar" in ask(NIK)


def test_two_numbers_with_one_nik_make_one_account(ask):
    other = "6281355550002"
    up_to_the_code(ask)
    up_to_the_code(ask, number=other)
    assert "Akun Anda siap" in ask(code_of())
    assert "sudah terdaftar" in ask(code_of(other), other)
    assert User.objects.count() == 1


def test_the_same_sms_twice_makes_one_account(ask):
    up_to_the_code(ask)
    code = code_of()
    for _n in range(3):
        ask(code, gateway_id="last")
    assert User.objects.count() == 1
    ask("KODE 123456")


def test_without_consent_nothing_is_made(ask):
    for text in ("AKUN", "Siti Contohwati", NIK, "YA", "Palembang", "Jl. Contoh 1"):
        ask(text)
    village = regions.search("ta", level=4, within=regions.home_region().code, limit=1)[0]
    if "1. " in ask(village.name):
        ask("1")
    assert "Tidak ada yang disimpan" in ask("TIDAK")
    assert not User.objects.exists() and not Message.objects.filter(about__startswith="accounts.code").exists()


def test_a_closed_account_is_not_made_anew(ask, clock):
    user = create_user(name="Siti Contohwati", phone=NUMBER, now=clock())
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert "ditutup" in ask("AKUN")


def test_the_code_of_the_profile_may_be_answered_by_sms(ask, clock, client):
    user = create_user(name="Budi Percobaan", email="budi@contoh.invalid", password="rahasia-sekali-1", now=clock())
    assert "Tidak ada kode" in ask("KODE 123456")
    recovery.begin_contact(user=user, address=Address("sms", NUMBER), now=clock())
    wrong = "000000" if code_of() != "000000" else "111111"
    ask(f"KODE {wrong}")
    assert "terkonfirmasi" in ask(f"kode {code_of()}")
    user.refresh_from_db()
    assert user.phone == NUMBER
    assert not Inbound.objects.exclude(text="").exists()
    assert "tidak berlaku" in ask(f"KODE {code_of()}")


def test_another_number_cannot_answer_it(ask, clock):
    user = create_user(name="Budi Percobaan", email="budi@contoh.invalid", now=clock())
    recovery.begin_contact(user=user, address=Address("sms", NUMBER), now=clock())
    assert "Tidak ada kode" in ask(f"KODE {code_of()}", "6281355550003")
    user.refresh_from_db()
    assert user.phone is None


def test_the_page_sees_that_it_was_answered_by_sms(ask, clock, client):
    user = create_user(name="Budi Percobaan", email="budi@contoh.invalid", password="rahasia-sekali-1", now=clock())
    client.force_login(user)
    client.post("/akun/pastikan", {"password": "rahasia-sekali-1"})
    client.post("/akun/profil/kontak", {"address": NUMBER})
    assert client.get("/akun/profil/kontak/kode").status_code == 200
    assert "terkonfirmasi" in ask(f"KODE {code_of()}")
    assert client.get("/akun/profil/kontak/kode").status_code == 302


@pytest.mark.parametrize("lead", ["KODE ", "CODE ", "kode#"])
def test_the_code_of_a_new_account_may_have_its_word_before_it(ask, lead):
    up_to_the_code(ask)
    assert "Akun Anda siap" in ask(f"{lead}{code_of()}")
    assert User.objects.get().phone == NUMBER


def test_yes_is_no_name_and_another_command_loses_no_question(ask):
    ask("AKUN")
    assert "nama lengkap" in ask("YA")
    assert "ULANG" in ask("STATUS")
    assert "NIK" in ask("Siti Contohwati")
    ask("BATAL")
    ask("AKUN")
    assert "Tidak ada yang disimpan" in ask("TIDAK")
    assert not Conversation.objects.exists()
