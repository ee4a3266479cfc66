"""Tests of SETUJU: exactly the act of the code, once, for its officer, with the PIN; locked after five wrong ones."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.access.api import Access
from dgs.core.accounts import api as accounts
from dgs.core.accounts.models import SmsPin
from dgs.core.audit.models import AuditRow
from dgs.core.cases.actions import by_sms, transitions
from dgs.core.cases.errors import NotOffered
from dgs.core.cases.models import SmsDecision
from dgs.core.messaging.api import segments
from dgs.core.messaging.models import Inbound, Message
from dgs.core.services import api as services

PIN, OTHER = "482917", "482918"


@pytest.fixture
def head(users, now):
    officer = users("head", kind="civil-registration")[0]
    officer.phone = "6281388880001"
    officer.save()
    accounts.set_sms_pin(user=officer, pin=PIN, now=now)
    return officer


@pytest.fixture
def waiting(player, head):
    """A birth reported late, which waits for the head's decision."""
    case = player.make("akta-kelahiran", name="late_at_home")
    player.act(case, "accept", name="late_at_home")
    case.refresh_from_db()
    assert case.state == "late_decision"
    return case


@pytest.fixture
def ask(sms, now, head):
    state = {"at": now}

    def send(text, number=head.phone, later=None, **more):
        state["at"] += later or timedelta(seconds=10)
        return sms(text, number=number, now=state["at"], **more)

    return send


def code_sent(head):
    return re.search(r"SETUJU (\d{6}) PIN", Message.objects.filter(to=head.phone, body__contains="SETUJU").latest("pk").body)[1]


def stands(case):
    case.refresh_from_db()
    return case.state


def test_the_act_of_the_code_is_done_as_on_the_page_and_audited(waiting, head, ask):
    told = Message.objects.get(to=head.phone)
    assert waiting.reference in told.body and "Setujui pencatatan" in told.body and told.is_secret and told.kind == "reminder"
    assert segments(told.body)[0] == "GSM-7" and segments(told.body).parts <= 2
    assert waiting.title not in told.body
    answer = ask(f"SETUJU {code_sent(head)} {PIN}")
    assert waiting.reference in answer and "Setujui pencatatan" in answer
    assert stands(waiting) == "approval"
    event = waiting.events.order_by("-seq").first()
    assert (event.action, event.actor, event.data["channel"]) == ("allow", head, "sms")
    entry = AuditRow.objects.filter(action="cases.advance").latest("pk")
    assert (entry.facts["channel"], entry.facts["act"]) == ("sms", "allow")
    assert not Inbound.objects.exclude(text="").exists()


def test_a_code_is_used_once_and_the_same_sms_again_does_nothing(waiting, head, ask):
    code = code_sent(head)
    for _n in range(3):
        ask(f"SETUJU {code} {PIN}", gateway_id="a")
    events = waiting.events.count()
    assert "tidak dikenal" in ask(f"SETUJU {code} {PIN}")
    assert waiting.events.count() == events and stands(waiting) == "approval"


def test_five_wrong_pins_lock_deciding_until_the_pin_is_set_again(waiting, head, ask, now):
    code = code_sent(head)
    for left in (4, 3, 2, 1):
        assert str(left) in ask(f"SETUJU {code} {OTHER}")
    assert "terkunci" in ask(f"SETUJU {code} {OTHER}")
    assert "terkunci" in ask(f"SETUJU {code} {PIN}")
    assert stands(waiting) == "late_decision"
    assert AuditRow.objects.filter(action="accounts.lock_sms_pin").count() == 1
    accounts.set_sms_pin(user=head, pin=PIN, now=now)
    assert waiting.reference in ask(f"SETUJU {code} {PIN}")
    assert stands(waiting) == "approval"


def test_a_right_pin_forgets_the_wrong_ones(waiting, head, ask):
    code = code_sent(head)
    for _n in range(4):
        ask(f"SETUJU {code} {OTHER}")
    ask(f"SETUJU {code} {PIN}")
    assert SmsPin.objects.get().wrong_tries == 0


def test_a_guessed_code_never_reaches_the_pin_and_guessing_is_stopped(waiting, head, ask):
    wrong = "000000" if code_sent(head) != "000000" else "111111"
    for _n in range(10):
        assert "tidak dikenal" in ask(f"SETUJU {wrong} {OTHER}")
    assert "Terlalu banyak" in ask(f"SETUJU {code_sent(head)} {PIN}")
    assert SmsPin.objects.get().wrong_tries == 0 and stands(waiting) == "late_decision"
    assert waiting.reference in ask(f"SETUJU {code_sent(head)} {PIN}", later=timedelta(minutes=61))


def test_another_number_cannot_use_the_code(waiting, head, ask, users, now):
    other = users("head", kind="transport")[0]
    other.phone = "6281388880002"
    other.save()
    accounts.set_sms_pin(user=other, pin=PIN, now=now)
    assert "tidak dikenal" in ask(f"SETUJU {code_sent(head)} {PIN}", other.phone)
    assert "untuk petugas" in ask(f"SETUJU {code_sent(head)} {PIN}", "6281388880009")
    assert stands(waiting) == "late_decision"


def test_a_step_that_moved_on_meanwhile_is_refused_with_a_sentence(waiting, head, ask, player):
    player.act(waiting, "allow")
    events = waiting.events.count()
    assert "sudah" in ask(f"SETUJU {code_sent(head)} {PIN}")
    assert waiting.events.count() == events
    assert SmsDecision.objects.get().used_at is None


def test_a_code_of_yesterday_and_of_a_role_that_ended_is_refused(waiting, head, ask):
    code = code_sent(head)
    assert "tidak dikenal" in ask(f"SETUJU {code} {PIN}", later=timedelta(hours=13))
    SmsDecision.objects.update(expires_at=timezone.now() + timedelta(days=900))
    head.grants.update(ended_at=timezone.now())
    assert "tidak" in ask(f"SETUJU {code} {PIN}")
    assert stands(waiting) == "late_decision"


def test_who_has_no_pin_or_a_locked_one_is_sent_no_code(player, head, now):
    SmsPin.objects.update(locked_at=now)
    case = player.make("akta-kelahiran", name="late_at_home")
    player.act(case, "accept", name="late_at_home")
    assert not SmsDecision.objects.exists()


def test_at_night_the_code_waits_for_the_morning_and_is_good_from_then(player, head, now, settings):
    settings.DGS_QUIET_HOURS = "21:00-06:00"
    night = now.replace(hour=22)
    case = player.make("akta-kelahiran", name="late_at_home", now=night)
    player.act(case, "accept", name="late_at_home", now=night)
    made, message = SmsDecision.objects.get(), Message.objects.get(to=head.phone)
    assert message.state == "held" and made.expires_at == message.not_before + timedelta(hours=12)


@pytest.mark.parametrize("text", ["SETUJU", "SETUJU 1", "SETUJU ١٢٣٤٥٦ ١٢٣٤٥٦", "SETUJU \x00 \x00", "SETUJU %s {0}"])
def test_hostile_texts_do_nothing(waiting, head, ask, text):
    assert ask(text)
    assert stands(waiting) == "late_decision" and not Inbound.objects.filter(outcome="broken").exists()


def test_by_sms_only_what_the_workflow_marks(waiting, head, player, now):
    player.act(waiting, "allow")
    with pytest.raises(NotOffered):
        transitions.act(
            reference=waiting.reference, action_id="sign", by=head, access=Access(head), seq=None, now=now, by_sms=True
        )
    assert stands(waiting) == "approval"


def test_the_loader_refuses_what_cannot_be_decided_by_sms(loaded_region):
    sources = dict(services.current_version("akta-kelahiran").sources)
    for mark in ("        title: {id: Kembalikan ke petugas", "        title: {id: Berkas lengkap dan benar",
                 "        title: {id: Kirim perbaikan"):  # fmt: skip
        assert mark in sources["workflow.yaml"]
        changed = sources["workflow.yaml"].replace(mark, f"        by_sms: true\n{mark}")
        with pytest.raises(services.DefinitionInvalid):
            services.parse(sources | {"workflow.yaml": changed})


def test_codes_that_nobody_used_are_forgotten_after_a_month(waiting, now):
    assert by_sms.forget_old_codes(now=now + timedelta(days=20)) == 0
    assert by_sms.forget_old_codes(now=now + timedelta(days=40)) == 1


def test_the_word_pin_between_code_and_pin_is_understood_and_the_history_says_by_sms(waiting, head, ask, client):
    assert "Setujui pencatatan" in ask(f"SETUJU {code_sent(head)} PIN {PIN}")
    assert stands(waiting) == "approval"
    client.force_login(head)
    assert f"{head.name}, lewat SMS" in client.get(f"/meja/berkas/{waiting.reference}").content.decode()
