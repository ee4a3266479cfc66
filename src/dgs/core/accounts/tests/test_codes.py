"""Tests of one-time codes: wrong, old, used, too often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.accounts.codes import CodeGone, CodeWrong, send_code, use_code
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import OneTimeCode
from dgs.core.accounts.throttle import TooManyAttempts
from dgs.core.messaging.models import Message

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PHONE = Address("sms", "6281234567890")


def send(now=NOW, purpose="signup", address=PHONE):
    send_code(purpose=purpose, address=address, body="Kode %(code)s", subject="", language="id", now=now)


def use(typed, now=NOW, purpose="signup", address=PHONE):
    use_code(purpose=purpose, address=address, typed=typed, now=now)


def other(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_code_is_six_digits_and_kept_only_as_a_hash(code_for):
    send()
    code = code_for(PHONE.to)
    kept = OneTimeCode.objects.get()
    assert code not in (kept.code_hash, kept.address_hash)
    assert Message.objects.get().is_secret


def test_the_right_code_is_accepted_once(code_for):
    send()
    use(code_for(PHONE.to))
    with pytest.raises(CodeGone):
        use(code_for(PHONE.to))


def test_spaces_in_a_typed_code_do_not_matter(code_for):
    send()
    code = code_for(PHONE.to)
    use(f" {code[:3]} {code[3:]} ")


def test_a_wrong_code_is_refused_and_the_right_one_still_works(code_for):
    send()
    with pytest.raises(CodeWrong) as refused:
        use(other(code_for(PHONE.to)))
    assert refused.value.errors["code"]
    use(code_for(PHONE.to))


def test_after_five_wrong_tries_the_right_code_opens_nothing(code_for):
    send()
    for _try in range(5):
        with pytest.raises(CodeWrong):
            use(other(code_for(PHONE.to)))
    with pytest.raises(CodeGone):
        use(code_for(PHONE.to))
    assert OneTimeCode.objects.get().used_at is None


@pytest.mark.parametrize(("minutes", "works"), [(9, True), (10, False), (60, False)])
def test_a_code_counts_for_ten_minutes(code_for, minutes, works):
    send()
    later = NOW + timedelta(minutes=minutes)
    if works:
        use(code_for(PHONE.to), now=later)
    else:
        with pytest.raises(CodeGone):
            use(code_for(PHONE.to), now=later)


def test_a_new_code_ends_the_one_before(code_for):
    send()
    first = code_for(PHONE.to)
    send(now=NOW + timedelta(minutes=1))
    if first != code_for(PHONE.to):
        with pytest.raises(CodeWrong):
            use(first)
    use(code_for(PHONE.to))


@pytest.mark.parametrize(
    ("purpose", "address"), [("reset", PHONE), ("signup", Address("sms", "6281234567891"))]
)
def test_a_code_opens_nothing_else(code_for, purpose, address):
    send()
    with pytest.raises(CodeGone):
        use(code_for(PHONE.to), purpose=purpose, address=address)


def test_the_sixth_code_within_an_hour_is_not_sent(code_for):
    for minute in range(5):
        send(now=NOW + timedelta(minutes=minute))
    with pytest.raises(TooManyAttempts):
        send(now=NOW + timedelta(minutes=30))
    assert Message.objects.count() == 5
    send(now=NOW + timedelta(minutes=61))
    assert Message.objects.count() == 6


@pytest.mark.parametrize("typed", ["", "abcdef", "१२३४५६", "🙂", "1" * 500])
def test_nonsense_is_a_wrong_code(typed):
    send()
    with pytest.raises(CodeWrong):
        use(typed)
