"""What an officer tells somebody who says "I never got it": what happened to each message, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from dgs.core.messaging.actions.resending import may_be_sent_again
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.models import Attempt, Message, SenderMinute, Silence, Wish
from dgs.core.messaging.operators import TITLES, operator_of
from dgs.kernel import registry
from dgs.ui.formats import clock

AROUND = timedelta(minutes=10)
Reason, State = Message.Reason, Message.State


@dataclass(frozen=True)
class Told:
    """What is said of one message: what happened, what to do next, and whether a person may send it again."""

    message: Message
    happened: str
    next: str
    remarks: tuple[str, ...] = ()
    may_send: bool = False


def happened(message: Message, last: Attempt | None) -> str:
    """What became of a message, in one sentence that can be read out."""
    to, at = mask_address(message.to), clock(message.created_at)
    handed = clock(last.ended_at) if last and last.ended_at else at
    words = {"to": to, "at": at, "handed": handed, "until": clock(message.not_before) if message.not_before else ""}
    return _HAPPENED.get((message.state, message.reason), _BY_STATE[message.state])() % words


def advice(message: Message) -> str:
    """What the officer does next, or tells the person to do."""
    by_state = _ADVICE_OF_MAIL if message.channel == Message.Channel.EMAIL else _ADVICE_BY_STATE
    return _ADVICE.get(message.reason, by_state.get(message.state, _ADVICE_BY_STATE[message.state]))()


# Each is a function, so that the words are in the language of whoever reads.
_BY_STATE = {
    State.QUEUED: lambda: _(
        "It was written on %(at)s for %(to)s and waits in the line; that takes seconds, or minutes when many wait."
    ),
    State.HELD: lambda: _("It was written on %(at)s for %(to)s and goes out on %(until)s."),
    State.GOING: lambda: _("It is being handed over to the provider for %(to)s at this moment."),
    State.HANDED: lambda: _(
        "It was handed over for %(to)s on %(handed)s. The provider took it and has not said whether it arrived."
    ),
    State.DELIVERED: lambda: _("It was sent to %(to)s on %(handed)s and the network reports that it arrived."),
    State.FAILED: lambda: _("It was written on %(at)s for %(to)s and could not be sent."),
    State.EXPIRED: lambda: _(
        "It was sent to %(to)s on %(handed)s, but the network could not deliver it in time: the telephone"
        " was off or out of reach."
    ),
    State.UNCERTAIN: lambda: _("It was being sent to %(to)s when the connection broke off: it may have arrived, or not."),
    State.STOPPED: lambda: _("It was written on %(at)s for %(to)s and was not sent."),
}
_HAPPENED = {
    (State.HELD, Reason.QUIET): lambda: _("It was written on %(at)s for %(to)s, at night, and waits for the morning: %(until)s."),
    (State.HELD, Reason.CAPPED): lambda: _(
        "It was written on %(at)s for %(to)s, but its office had sent as many as it may that day. It goes out on %(until)s."
    ),
    (State.HELD, Reason.PAUSE): lambda: _(
        "It was written on %(at)s for %(to)s, but the provider was not reached. It is tried again on %(until)s."
    ),
    (State.FAILED, Reason.ADDRESS): lambda: _("It was written on %(at)s, but “%(to)s” is no address that can receive it."),
    (State.FAILED, Reason.UNCONFIGURED): lambda: _(
        "It was written on %(at)s for %(to)s, but no sender was set up for this channel."
    ),
    (State.FAILED, Reason.REFUSED): lambda: _("It was written on %(at)s for %(to)s and the provider refused it on %(handed)s."),
    (State.FAILED, Reason.GAVE_UP): lambda: _(
        "It was written on %(at)s for %(to)s. The provider could not be reached; the last try was on %(handed)s."
    ),
    (State.FAILED, Reason.UNDELIVERABLE): lambda: _(
        "It was sent to %(to)s on %(handed)s, and the network reports that it cannot deliver to this number."
    ),
    (State.FAILED, Reason.BOUNCED): lambda: _("It was sent to %(to)s on %(handed)s, and the mail server sent it back."),
    (State.FAILED, Reason.DEAD): lambda: _(
        "It was written on %(at)s for %(to)s and not sent: two messages to this address had come back as undeliverable."
    ),
    (State.STOPPED, Reason.UNWANTED): lambda: _(
        "It was written on %(at)s for %(to)s and not sent: messages of this kind were switched off, or the number said STOP."
    ),
    (State.STOPPED, Reason.WITHDRAWN): lambda: _(
        "It was written on %(at)s for %(to)s; its broadcast was stopped before it went out."
    ),
}
_ADVICE_BY_STATE = {
    State.QUEUED: lambda: _("Wait a few minutes and look again. If many wait, tell the administrator."),
    State.HELD: lambda: _("Nothing has to be done: it goes out by itself."),
    State.GOING: lambda: _("Look again in a minute."),
    State.HANDED: lambda: _(
        "Ask whether the telephone is on and has room for messages. Tell the person what it said, if they can show who they are."
    ),
    State.DELIVERED: lambda: _(
        "Ask whether somebody else holds this telephone. If the number is not theirs, they change it in their profile."
    ),
    State.FAILED: lambda: _("Look at the reason on the message's page, then send it again or reach the person another way."),
    State.EXPIRED: lambda: _("Ask the person to switch the telephone on where there is a signal, then send it again."),
    State.UNCERTAIN: lambda: _("If it truly did not arrive, send it again; it may arrive twice."),
    State.STOPPED: lambda: _("Tell the person what it said, if they can show who they are."),
}
# An e-mail can lie where nobody looks.
_ADVICE_OF_MAIL = {
    State.HANDED: lambda: _(
        "Ask whether the e-mail lies among unwanted mail. Tell the person what it said, if they can show who they are."
    ),
    State.DELIVERED: lambda: _(
        "Ask whether somebody else reads this mailbox, and look in the folder of unwanted mail. If the address is not theirs,"
        " they change it in their profile."
    ),
}
_ADVICE = {
    Reason.ADDRESS: lambda: _("Ask for the right number or e-mail address; the person changes it in their profile."),
    Reason.UNCONFIGURED: lambda: _("Tell the administrator. Once a sender is set up, send it again."),
    Reason.REFUSED: lambda: _(
        "Compare the number or address with the person. If it is right, tell the administrator, then send it again."
    ),
    Reason.GAVE_UP: lambda: _("Send it again now; if the provider is still not reached, tell the administrator."),
    Reason.UNDELIVERABLE: lambda: _(
        "Ask whether the number is still in use and has not expired; if it is, send it again, else the person gives another."
    ),
    Reason.BOUNCED: lambda: _(
        "The mailbox is full or does not exist. Ask for another address; the person changes it in their profile."
    ),
    Reason.DEAD: lambda: _(
        "The person confirms the address anew in their profile, or gives another; then messages go there again."
    ),
    Reason.UNWANTED: lambda: _(
        "Only the person can allow these messages again: in their profile, or by sending START from this number. Staff cannot."
    ),
    Reason.WITHDRAWN: lambda: _("Nothing has to be done; the office decided not to send it."),
    Reason.QUIET: lambda: _("Nothing has to be done: it goes out in the morning. Tell the person what it said, if it is urgent."),
    Reason.CAPPED: lambda: _("It goes out by itself. If that is too late, the administrator can raise the office's daily cap."),
    Reason.PAUSE: lambda: _("Nothing has to be done: it is tried again by itself."),
}


def tell(messages: Sequence[Message], *, may_send) -> list[Told]:
    """What is said of each; their attempts are prefetched. `may_send(message)` says whether this officer may send it again."""
    trouble = _trouble(messages)
    return [
        Told(
            message=one, happened=happened(one, max(one.attempts.all(), key=lambda row: row.number, default=None)),
            next=advice(one), remarks=tuple(trouble.get(one.pk, ())), may_send=may_be_sent_again(one) and may_send(one),
        )
        for one in messages
    ]


def of_address(address: str) -> list[str]:
    """What holds for an address whatever the message: STOP, kinds switched off, nobody confirmed it, whose network it is in."""
    found = []
    silence = Silence.objects.filter(address=address).first()
    if silence:
        found.append(_(
            "This number said STOP on %(since)s: no news and no reminders come to it. Only the person can change that, by sending"
            " START from it."
        ) % {"since": clock(silence.since)})
    whose = registry.whose(address)
    if whose is None:
        found.append(_("Nobody has confirmed this address for an account: it is told nothing personal when it writes."))
    elif whose.party_id:
        off = Wish.objects.filter(party=whose.party_id, is_wanted=False).order_by("channel", "kind")
        for wish in off:
            said = _("The person switched off by %(channel)s: %(kind)s. Only they can allow it again, in their profile.")
            found.append(said % {"channel": wish.get_channel_display(), "kind": wish.get_kind_display()})
    operator = TITLES.get(operator_of(address), "")
    if operator:
        found.append(_("The number is of the network %(operator)s.") % {"operator": operator})
    return found


def _trouble(messages: Iterable[Message]) -> dict[int, list[str]]:
    """For each message whose sender had errors around the time of a try: that it had; one query."""
    tries = [one for message in messages for one in message.attempts.all() if one.sender_id]
    if not tries:
        return {}
    first, last = min(one.began_at for one in tries) - AROUND, max(one.began_at for one in tries) + AROUND
    minutes = list(
        SenderMinute.objects.filter(sender__in={one.sender_id for one in tries}, minute__range=(first, last), troubled__gt=0)
        .values_list("sender", "minute")[:20_000]
    )
    found: dict[int, list[str]] = {}
    for one in tries:
        if one.message_id not in found and any(
            sender == one.sender_id and abs(minute - one.began_at) <= AROUND for sender, minute in minutes
        ):
            found[one.message_id] = [_("The provider had trouble at that time (%(at)s).") % {"at": clock(one.began_at)}]
    return found
