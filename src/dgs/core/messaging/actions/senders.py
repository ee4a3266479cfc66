"""Setting up the ways out: senders and their parameters, a test through one of them, and what an office may send a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.audit import api as audit
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Message, OfficeCap, Sender
from dgs.core.messaging.senders import FROM_SETTINGS, KINDS
from dgs.kernel.errors import InvalidInput, RuleBroken

OPEN = ("title", "weight", "window", "is_on", "prices")


class SenderTaken(RuleBroken):
    """Each sender has a name of its own."""

    code = "sender-taken"
    sentence = gettext_lazy("There is a sender of this name already.")


class NoOwnAddress(RuleBroken):
    """A test goes to the address of whoever asks for it, and to no other."""

    code = "no-own-address"
    sentence = gettext_lazy("Your account has no address for this channel. Enter one in your profile first.")


class SenderOff(RuleBroken):
    """Nothing goes through a sender that is switched off or has no weight."""

    code = "sender-off"
    sentence = gettext_lazy("Nothing goes through this sender: switch it on and give it a weight first.")


@transaction.atomic
def add_sender(
    *, name: str, kind: str, channel: str, values: Mapping, parameters: Mapping[str, str], by, now: datetime
) -> Sender:
    """Set up a new sender; SenderTaken when the name is in use, InvalidInput when its program cannot work with the parameters."""
    sender = Sender(name=name, kind=kind, channel=channel, created_at=now, **{key: values[key] for key in OPEN})
    sender.parameters = _checked(kind, {key: value for key, value in parameters.items() if value})
    if name in FROM_SETTINGS:
        raise SenderTaken
    try:
        with transaction.atomic():
            sender.save(force_insert=True)
    except IntegrityError:
        raise SenderTaken from None
    audit.record(
        action="messaging.sender_added", by=by, subject=f"messaging.sender:{sender.pk}", now=now,
        facts={"name": name, "kind": kind, "parameters": sorted(sender.parameters)},
    )
    return sender


@transaction.atomic
def change_sender(*, sender_id: int, values: Mapping, parameters: Mapping[str, str], by, now: datetime) -> Sender:
    """Change a sender; a parameter that is left empty and was secret keeps its value. What the environment says stays there.

    What the pump keeps on the row (share, circuit) is left alone.
    """
    sender = Sender.objects.select_for_update().get(pk=sender_id)
    changed = [key for key in OPEN if getattr(sender, key) != values[key]]
    for key in changed:
        setattr(sender, key, values[key])
    if sender.name not in FROM_SETTINGS and sender.kind in KINDS:
        secret = {one.name for one in KINDS[sender.kind].parameters if one.is_secret}
        before = sender.parameters
        wanted = {name: value or (before.get(name, "") if name in secret else "") for name, value in parameters.items()}
        wanted = {name: value for name, value in wanted.items() if value}
        if wanted != before:
            changed += sorted(name for name in before.keys() | wanted.keys() if before.get(name) != wanted.get(name))
            sender.parameters = _checked(sender.kind, wanted)
    if changed:
        sender.save(update_fields=[*OPEN, "sealed"])
        _let_go(sender)
        audit.record(
            action="messaging.sender_changed", by=by, subject=f"messaging.sender:{sender.pk}", now=now, facts={"changed": changed}
        )
    return sender


@transaction.atomic
def switch_sender(*, sender_id: int, is_on: bool, by, now: datetime) -> Sender:
    """Switch a sender on or off; what it has in its hands comes to its end."""
    sender = Sender.objects.select_for_update().get(pk=sender_id)
    if sender.is_on != is_on:
        sender.is_on = is_on
        sender.save(update_fields=["is_on"])
        _let_go(sender)
        audit.record(
            action="messaging.sender_switched", by=by, subject=f"messaging.sender:{sender.pk}", now=now, facts={"is_on": is_on}
        )
    return sender


@transaction.atomic
def send_test(*, sender: Sender, once: str, by, now: datetime) -> Message:
    """A message through this sender to the address of whoever asks.

    Refuses without an address of theirs (NoOwnAddress) and while nothing goes through it (SenderOff).
    """
    if not sender.is_on or not sender.weight:
        raise SenderOff
    to = {"sms": by.phone, "whatsapp": by.phone, "email": by.email}.get(sender.channel, str(by.pk))
    if not to:
        raise NoOwnAddress
    said = say(
        key=f"test:{sender.pk}:{by.pk}:{once}"[:120], channel=sender.channel, to=to, kind=Message.Kind.REPLY,
        subject=_("Test of a sender"), body=_("This is a test through %(sender)s.") % {"sender": sender.title},
        about=f"messaging.sender:{sender.pk}", party_id=by.party_id, sender_id=sender.pk, now=now,
    )
    audit.record(action="messaging.sender_tested", by=by, subject=f"messaging.sender:{sender.pk}", now=now)
    return said


@transaction.atomic
def set_cap(*, office: str, channel: str, per_day: int | None, by, now: datetime) -> None:
    """What an office may send a day by a channel; None takes the cap away."""
    known = OfficeCap.objects.select_for_update().filter(office=office, channel=channel)
    before = known.values_list("per_day", flat=True).first()
    if per_day is None:
        known.delete()
    else:
        OfficeCap.objects.update_or_create(office=office, channel=channel, defaults={"per_day": per_day})
    if before != per_day:
        audit.record(
            action="messaging.cap_set", by=by, subject=f"messaging.officecap:{office}:{channel}", now=now, office=office,
            facts={"was": before, "is": per_day},
        )


def _let_go(sender: Sender) -> None:
    """Answers that were to go through a sender that carries nothing any more go through any other of its channel."""
    if not sender.is_on or not sender.weight:
        Message.objects.filter(sender=sender, state__in=["queued", "held"]).update(sender=None)


def _checked(kind: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters, unless the program says that it cannot work with them."""
    if found := KINDS[kind].problems(parameters):
        raise InvalidInput({"__all__": [str(one) for one in found]})
    return dict(parameters)
