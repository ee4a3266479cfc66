"""Tests of STATUS: the public state for who knows reference and four digits, a little more to the applicant's number."""

from datetime import timedelta

import pytest

from dgs.core.messaging.api import segments
from dgs.core.messaging.models import Conversation, Inbound, Message
from dgs.kernel import codes
from dgs.kernel.protection import decrypt

STRANGER = "6281399990009"


@pytest.fixture
def ask(sms, now):
    return lambda text, number=STRANGER, at=now, **more: sms(text, number=number, now=at, **more)


def four_of(user):
    return decrypt(user.party.person.nik_sealed)[-4:]


@pytest.mark.parametrize("change", [str, str.lower, lambda r: r.replace("-", ""), lambda r: r.replace("-", " "),
                                    lambda r: r.replace("-", ".").replace("0", "O")])  # fmt: skip
def test_a_stranger_who_knows_the_four_digits_is_told_the_public_state(player, siti, ask, change):
    case = player.make()
    asked = ask(f"STATUS {change(case.reference)}")
    assert "empat angka terakhir NIK" in asked and case.reference in asked
    answer = ask(four_of(siti))
    assert case.reference in answer and "sedang diperiksa" in answer and "Hari kerja ke-0 dari 3" in answer
    assert "Siti" not in answer and "Contohwati" not in answer
    assert segments(answer)[0::2] == ("GSM-7", 1)
    assert not Inbound.objects.filter(text=four_of(siti)).exists()


def test_a_wrong_digit_and_an_unknown_reference_are_answered_alike(player, siti, ask, now):
    case, unknown = player.make(), codes.new_code(12)
    wrong = "0000" if four_of(siti) != "0000" else "1111"
    asked = [ask(f"STATUS {reference}").replace(reference, "x") for reference in (case.reference, unknown) if ask("BATAL")]
    assert asked[0] == asked[1]
    ask("BATAL")
    answers = set()
    for reference, four in ((case.reference, wrong), (unknown, four_of(siti)), (case.reference, "'; --"), (case.reference, "")):
        now += timedelta(minutes=1)
        ask(f"STATUS {reference}", at=now)
        answers.add(ask(four or "?", at=now))
    assert len(answers) == 1 and "Tidak ada permohonan" in answers.pop()
    assert not Conversation.objects.exists()


def test_guessing_is_stopped_for_the_number_and_for_the_case(player, siti, ask, now):
    case, wrong = player.make(), "0000" if four_of(siti) != "0000" else "1111"
    for n in range(10):
        number = f"62813999900{n:02}"
        ask(f"STATUS {case.reference}", number)
        assert "Tidak ada" in ask(wrong, number)
    ask(f"STATUS {case.reference}")
    assert "Terlalu banyak" in ask(four_of(siti))
    later = now + timedelta(minutes=11)
    ask(f"STATUS {case.reference}", at=later)
    assert "sedang diperiksa" in ask(four_of(siti), at=later)


def test_the_applicants_number_needs_no_digits_and_is_told_what_to_mend(player, siti, ask):
    case = player.make()
    assert "sedang diperiksa" in ask(f"status {case.reference}", siti.phone)
    assert ask("STATUS", siti.phone) == ask(f"STATUS {case.reference}", siti.phone)
    player.run(case, "correct")
    answer = ask("STATUS", siti.phone)
    assert "Perbaiki:" in answer and f"/{case.reference}" in answer
    assert segments(answer).parts <= 2
    assert "Perbaiki" not in ask(f"STATUS {case.reference} {four_of(siti)}")


def test_a_bill_is_told_to_the_applicant_only(player, users, ask):
    case = player.make("izin-trayek")
    acts = player.example("izin-trayek").acts
    player.run(case, *acts[: acts.index("paid")])
    player.budi.phone = "6281290000002"
    player.budi.save()
    answer = ask(f"STATUS {case.reference}", player.budi.phone)
    assert "TGH-" in answer and "Rp" in answer and segments(answer).parts <= 2
    public = ask(f"STATUS {case.reference} {four_of(player.budi)}")
    assert "Rp" not in public and "TGH" not in public and case.reference in public


def test_several_are_listed_and_none_is_said(player, siti, ask):
    assert "tidak punya" in ask("STATUS", siti.phone)
    cases = [player.make() for _n in range(2)]
    answer = ask("STATUS", siti.phone)
    assert all(case.reference in answer for case in cases) and segments(answer).parts <= 2
    assert "STATUS 7K3F" in ask("STATUS")


@pytest.mark.parametrize("text", ["STATUS x", "STATUS 7K3F-92MX-4ACE", "STATUS " + "A" * 1500, "STATUS ١٢٣٤", "STATUS %s {0}"])
def test_what_is_no_reference_is_said_to_be_none(ask, loaded_region, text):
    assert "Nomor permohonan ini keliru" in ask(text)
    assert not Inbound.objects.filter(outcome="broken").exists()


def test_the_same_sms_twice_is_answered_once(player, siti, ask):
    case = player.make()
    for _n in range(3):
        ask(f"STATUS {case.reference}", siti.phone, gateway_id="a")
    assert Message.objects.filter(kind="reply").count() == 1


def test_english_is_answered_in_english(player, siti, ask):
    case = player.make()
    assert "last four digits" in ask(f"TRACK {case.reference}")
    assert "being checked" in ask(four_of(siti))
