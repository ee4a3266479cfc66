"""Tests of the manifests: what is found wrong with a channel of payment, and in which order channels stand."""

from dgs.kernel import registry
from dgs.kernel.manifest import PaymentChannel, Room


def channel(code="transfer", order=50, ways=lambda bill, owed, now: ()):
    return PaymentChannel(code=code, title="Transfer", icon="bank", order=order, ways=ways)


def test_a_room_with_sound_channels_has_no_problems():
    assert Room(slug="shop", title="Shop", payment_channels=(channel(), channel("qr"))).problems() == []


def test_a_channel_with_a_wrong_code_or_without_ways_or_named_twice_is_a_problem():
    problems = Room(slug="shop", title="Shop", payment_channels=(channel("Bank 1"), channel("qr", ways=None))).problems()
    assert len(problems) == 2 and "'Bank 1'" in problems[0] and "'qr'" in problems[1]
    assert Room(slug="shop", title="Shop", payment_channels=(channel(), channel())).problems() == [
        "it names a payment channel twice"
    ]


def test_channels_of_all_rooms_stand_by_their_order(monkeypatch):
    rooms = [
        Room(slug="a", title="A", payment_channels=(channel("late", 90), channel("early", 10))),
        Room(slug="b", title="B", payment_channels=(channel("middle", 50),)),
        Room(slug="c", title="C"),
    ]
    monkeypatch.setattr(registry, "rooms", lambda: rooms)
    assert [one.code for one in registry.payment_channels()] == ["early", "middle", "late"]
