"""Tests of counting attempts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.accounts.api import TooManyAttempts, check_throttle, forget_attempts, throttle
from dgs.core.accounts.models import AttemptCount

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def attempt(now=NOW, key="a", kind="k"):
    return throttle(kind=kind, key=key, limit=3, seconds=60, now=now)


def test_attempts_are_counted_up_to_the_limit():
    assert [attempt() for _ in range(3)] == [1, 2, 3]
    with pytest.raises(TooManyAttempts) as refused:
        attempt(NOW + timedelta(seconds=20))
    assert refused.value.wait == 40
    assert refused.value.status == 429


def test_the_window_starts_afresh_after_its_time():
    for _ in range(3):
        attempt()
    assert attempt(NOW + timedelta(seconds=60)) == 1


def test_refused_attempts_do_not_prolong_the_wait():
    for _ in range(3):
        attempt()
    for second in range(10, 60, 10):
        with pytest.raises(TooManyAttempts):
            attempt(NOW + timedelta(seconds=second))
    assert attempt(NOW + timedelta(seconds=61)) == 1


def test_keys_and_kinds_are_counted_apart():
    for _ in range(3):
        attempt()
    assert attempt(key="b") == 1
    assert attempt(kind="other") == 1


def test_looking_does_not_count():
    for _ in range(5):
        check_throttle(kind="k", key="a", limit=3, seconds=60, now=NOW)
    assert not AttemptCount.objects.exists()
    for _ in range(3):
        attempt()
    with pytest.raises(TooManyAttempts):
        check_throttle(kind="k", key="a", limit=3, seconds=60, now=NOW)


def test_a_success_forgets_the_attempts():
    for _ in range(3):
        attempt()
    forget_attempts(kind="k", key="a")
    assert attempt() == 1


def test_what_is_counted_is_not_readable_in_the_table():
    attempt(key="siti@contoh.example")
    assert "siti" not in AttemptCount.objects.get().key
