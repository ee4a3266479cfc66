"""What happens to an SMS from outside: it is written down, understood and answered once; what commands do is in their rooms."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.actions.wishes import fall_silent
from dgs.core.messaging.addresses import normalise_phone
from dgs.core.messaging.commands import (
    LONGEST,
    SIX,
    Answer,
    Elsewhere,
    Meant,
    Sms,
    did_you_mean,
    fit,
    holds_secret,
    is_mistyped_decision,
    meant,
    nearest,
)
from dgs.core.messaging.models import Conversation, Inbound, Message, Sender
from dgs.core.messaging.own_commands import OWN, STOP
from dgs.core.messaging.plain import plain
from dgs.core.messaging.trouble import where
from dgs.kernel import registry
from dgs.kernel.errors import RuleBroken
from dgs.kernel.protection import decrypt, encrypt

log = logging.getLogger(__name__)

REMEMBERED = timedelta(minutes=30)
# Texts of one number: more than these are not answered, but for one sentence that says so.
A_MINUTE, AN_HOUR, A_DAY = 20, 100, 200
Outcome = Inbound.Outcome


def receive(*, sender: Sender, gateway_id: str, number: str, text: str, to: str = "", now: datetime) -> Inbound:
    """Write an SMS down and answer it; the same `gateway_id` from the same sender again does nothing.

    What cannot be a telephone number (the name of a business, a short code) is kept and never answered, for two programs could
    answer each other without end.
    """
    text = plain(text, LONGEST)
    outcome, handled = "", None
    try:
        number = normalise_phone(number)
    except ValueError:
        number, outcome, handled = plain(number, 32), Outcome.NO_NUMBER, now
    is_secret = not outcome and _is_secret(number, text)
    row = Inbound(
        sender=sender, gateway_id=gateway_id[:100], number=number, to=plain(to, 32), received_at=now,
        text="" if is_secret else text, sealed=encrypt(text) if is_secret else "", is_secret=is_secret, outcome=outcome,
        handled_at=handled,
    )
    Inbound.objects.bulk_create([row], ignore_conflicts=True)
    row = Inbound.objects.get(sender=sender, gateway_id=gateway_id[:100])
    if row.handled_at is None:
        handle(row.pk, now=now)
        row.refresh_from_db()
    return row


def handle(inbound_id: int, *, now: datetime, earlier: int = 0) -> bool:
    """Understand one SMS and queue its answer, in one transaction; False when it was handled or another is at it.

    `earlier`: how often it was answered before, when a person has it worked on again.
    """
    with transaction.atomic():
        waiting = Inbound.objects.select_for_update(skip_locked=True, of=("self",)).select_related("sender")
        row = waiting.filter(pk=inbound_id, handled_at=None).first()
        if row is None:
            return False
        # Two texts of one number are handled one after the other: a conversation has one next step.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 4711))", [f"sms:{row.number}"])
        text = decrypt(row.sealed) if row.sealed else row.text
        # It may have been written down before the question was asked that it answers.
        if not row.is_secret and _is_secret(row.number, text):
            row.is_secret, row.text = True, ""
        said = _understood(row, text, now)
        row.handled_at, row.sealed = now, ""
        row.save(update_fields=["handled_at", "text", "is_secret", "sealed", "outcome", "word", "party"])
        if said is not None:
            answer, language = said
            say(
                key=f"inbound:{row.pk}" + (f":{earlier}" if earlier else ""), channel=row.sender.channel, to=row.number,
                body=fit(answer), kind=Message.Kind.REPLY, language=language, about=f"messaging.inbound:{row.pk}",
                party_id=row.party_id, sender_id=row.sender_id, now=now, is_secret=row.is_secret,
            )
    return True


def handle_waiting(*, now: datetime, older: timedelta = timedelta(seconds=20)) -> int:
    """Answer what was written down and then left lying, because a process died in between; how many."""
    waiting = Inbound.objects.filter(handled_at=None, received_at__lt=now - older).order_by("pk")
    return sum(_handle_or_give_up(pk, now=now) for pk in waiting.values_list("pk", flat=True)[:200])


def _handle_or_give_up(pk: int, *, now: datetime) -> bool:
    """One that breaks whoever works on it (sealed with a key that is gone) must not hold up all others for ever."""
    try:
        return handle(pk, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - staff find it among what is broken
        log.error("inbound %s could not be worked on: %s", pk, where(error))
        Inbound.objects.filter(pk=pk, handled_at=None).update(outcome=Outcome.BROKEN, handled_at=now, sealed="")
        return False


def _is_secret(number: str, text: str) -> bool:
    """Whether what is in this text must not be kept: it begins with such a command or nearly, or such an answer was asked for.

    An answer that comes too late holds the same as one that comes in time.
    """
    taken = meant(text)
    if taken.command is None:
        is_secret = holds_secret(text)
    else:
        is_secret = taken.command.is_secret or bool(taken.command.may_hold and taken.command.may_hold(taken.rest))
    if is_secret:
        return True
    return Conversation.objects.filter(number=number, is_secret=True).exists()


def _understood(row: Inbound, text: str, now: datetime) -> tuple[str, str] | None:
    """The answer and its language; None for silence. Writes into `row` what became of it."""
    whose = registry.whose(row.number)
    row.party_id = whose.party_id if whose else None
    taken, language = meant(text), whose.language if whose else "id"
    if taken.is_english:
        language = "en"
    with translation.override(language):
        too_many = _too_many(row, now)
    if too_many is not None:
        row.outcome = Outcome.IGNORED
        if taken.command is STOP:  # whoever writes it does not want to hear from us, however often they wrote
            fall_silent(address=row.number, now=now)
        return (too_many, language) if too_many else None
    is_between, open_one = False, Conversation.objects.filter(number=row.number).first()
    if open_one is not None and open_one.until <= now:
        open_one.delete()
        if taken.command is None:
            row.outcome = Outcome.ANSWERED
            with translation.override(open_one.language):
                return _("Too much time has passed. Please start again: %(word)s") % {"word": open_one.word}, open_one.language
        open_one = None
    if open_one is not None and taken.command is None and is_mistyped_decision(text):
        open_one = None
    elif open_one is not None and _is_led(taken, open_one):
        asking = registry.sms_commands()[open_one.word]
        taken, language = Meant(open_one.word, asking, taken.words, taken.rest), open_one.language
    elif open_one is not None and _is_mistyped(taken, open_one):
        row.outcome = Outcome.UNKNOWN
        with translation.override(open_one.language):
            return did_you_mean(taken.word, taken.rest), open_one.language
    elif open_one is not None and not _is_command(taken, open_one):
        taken, language = Meant(open_one.word, registry.sms_commands().get(open_one.word), taken.words, text), open_one.language
    else:
        is_between, open_one = open_one is not None and taken.command not in OWN, None
    row.word = taken.command.word if taken.command else ""
    sms = Sms(
        number=row.number, text=text, words=taken.words, rest=taken.rest, language=language, now=now, inbound_id=row.pk,
        whose=whose,
    )
    with translation.override(language):
        if taken.command is None:
            row.outcome = Outcome.UNKNOWN
            return did_you_mean(taken.word, taken.rest), language
        row.outcome = Outcome.ANSWERED
        try:
            return _asked(row, taken, sms, open_one, is_between=is_between), language
        except Elsewhere:
            Conversation.objects.filter(number=row.number).delete()
            return _understood(row, text, now)


def _is_led(taken: Meant, open_one: Conversation) -> bool:
    """Whether this answers a secret question with its word before it, as "KODE 123456" where that code was asked for."""
    asking = registry.sms_commands().get(open_one.word)
    return bool(asking and open_one.is_secret and taken.rest and taken.word in asking.leads)


def _is_mistyped(taken: Meant, open_one: Conversation) -> bool:
    """Whether a text where a sentence was asked for is rather a command with a typing error: it is short and begins so."""
    return open_one.is_prose and taken.command is None and len(taken.words) <= 1 and bool(nearest(taken.word))


def _is_command(taken: Meant, open_one: Conversation) -> bool:
    """Whether a text is a command though something was asked; what was asked stays asked, unless the command asks something.

    Where a sentence was asked for ("Tolong perbaiki jalan …"), a command stands alone, or has one word after it if it is one of
    those about SMS itself; a PIN or a code goes before everything.
    """
    if taken.command is None or _goes_before(taken, open_one):
        return taken.command is not None
    if not open_one.is_prose:
        return True
    return len(taken.words) < (2 if taken.command in OWN else 1)


def _goes_before(taken: Meant, open_one: Conversation) -> bool:
    """Whether a PIN or code was sent where something else was asked: what holds it must not become an answer that is kept."""
    codes = len(SIX.findall(taken.rest)) if taken.command is not None and taken.command.is_secret else 0
    return codes >= 2 or codes == 1 and not open_one.is_secret


def _asked(row: Inbound, taken: Meant, sms: Sms, open_one: Conversation | None, *, is_between: bool) -> str:
    """What the command answers; what it wants to remember is remembered. `is_between`: another question stays open meanwhile."""
    try:
        with transaction.atomic():
            goes_on = open_one is not None and taken.word == open_one.word and taken.command.go_on
            said = taken.command.go_on(sms, open_one.known) if goes_on else taken.command.answer(sms)
            answer = said if isinstance(said, Answer) else Answer(said)
            text = fit(answer.text)
            if answer.known is not None:
                talk = Conversation(
                    number=sms.number, word=taken.command.word, question=text, language=sms.language,
                    is_secret=answer.is_secret, is_prose=answer.is_prose, until=sms.now + REMEMBERED,
                    answers=open_one.answers + 1 if goes_on else 0,
                )
                talk.known = answer.known
                talk.save()
                if goes_on and text == open_one.question:
                    near = nearest(meant(sms.text).word) if not open_one.is_secret else ""
                    hint = _("Or did you mean %(near)s? To stop: CANCEL") % {"near": near} if near else _("To stop: CANCEL")
                    text = fit(f"{text} {hint}")
            elif goes_on:
                open_one.delete()
            elif is_between:
                text = fit(f"{text} {_('The question before: AGAIN')}")
            return text
    except RuleBroken as refusal:
        return refusal.in_words() or _("This could not be done.")
    except Elsewhere:
        if open_one is None:
            return did_you_mean(taken.word)
        raise
    except Exception as error:  # noqa: BLE001 - the person gets an answer all the same, and staff see the text among what is broken
        log.error("inbound %s: the command %s broke: %s", row.pk, taken.command.word, where(error))
        row.outcome = Outcome.BROKEN
        return _("Something went wrong on our side. Please write again later.")


def _too_many(row: Inbound, now: datetime) -> str | None:
    """None when the number may write; else what it is told of having written too often, empty when it was told."""
    last = list(
        Inbound.objects.filter(number=row.number, pk__lt=row.pk).order_by("-pk").values_list("received_at", "outcome")[:A_DAY]
    )
    # What a clock that was set back says of the future does not count.
    last = [one for one in last if one[0] < now + timedelta(minutes=1)]
    minute, hour, day = ([one for one in last if one[0] > now - timedelta(seconds=n)] for n in (60, 3600, 86400))
    if len(day) >= A_DAY:
        within, told = day, _("Too many messages. Please write again tomorrow.")
    elif len(hour) >= AN_HOUR:
        within, told = hour, _("Too many messages. Please wait an hour and write again.")
    elif len(minute) >= A_MINUTE:
        within, told = minute, _("Too many messages. Please wait a minute and write again.")
    else:
        return None
    return "" if any(outcome == Outcome.IGNORED for _at, outcome in within) else told
