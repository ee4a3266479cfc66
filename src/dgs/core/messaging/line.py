"""What the pump asks of the database: taking messages from the line, writing down how hand-overs ended, and what is due.

Each is one statement for many messages. Nothing here talks to a provider.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from dgs.core.messaging.kinds import CAPPED, STOPPED, SWITCHABLE, URGENCY, WAKING, not_before
from dgs.core.messaging.models import Attempt, Message, OfficeCap, Sender, SenderMinute, Usage
from dgs.core.messaging.models.outbox import a_draw
from dgs.core.messaging.operators import operator_of
from dgs.core.messaging.segments import segments
from dgs.core.messaging.senders.talking import Ended
from dgs.kernel.statements import Columns

TRIES = 7
SECRET_LIVES = timedelta(minutes=15)
# One that asks for a decision is held back at night and is good for half a day after that.
DECISION_LIVES = timedelta(hours=20)
# Longer than any provider is waited for: what was begun before that and has no end has none.
PATIENCE = timedelta(minutes=2)
STEP, LEAST = 0.1, 0.05
ROUND = timedelta(seconds=5)
FAILURES, SHUT, LONGEST_SHUT = 5, timedelta(seconds=30), timedelta(minutes=10)
TROUBLE = {Attempt.Outcome.LATER, Attempt.Outcome.UNSURE}
Outcome, Reason, State = Attempt.Outcome, Message.Reason, Message.State

COLUMNS = Columns(Message, alias="m")
# A number counts attempts of the message; the pump is named so that its process can tell after a broken connection which of
# them it never began.
TAKE = f"""
WITH picked AS (
  SELECT id FROM messaging_message
  WHERE state = 'queued' AND channel = %(channel)s
    AND (sender_id = %(sender)s OR sender_id IS NULL AND draw >= %(low)s AND draw < %(high)s)
    AND NOT (office IS NOT NULL AND office = ANY(%(closed)s) AND kind = ANY(%(capped)s))
  ORDER BY urgency, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), m AS (
  UPDATE messaging_message SET state = 'going', reason = '' FROM picked WHERE messaging_message.id = picked.id
  RETURNING messaging_message.*
), begun AS (
  INSERT INTO messaging_attempt
    (message_id, number, sender_id, provider, pump, began_at, outcome, detail, gateway_id, parts, cost)
  SELECT m.id, 1 + (SELECT count(*) FROM messaging_attempt a WHERE a.message_id = m.id), %(sender)s, %(name)s, %(pump)s, %(now)s,
    '', '', '', 0, 0
  FROM m RETURNING id, message_id, number
)
SELECT begun.id, begun.number, {COLUMNS} FROM m JOIN begun ON begun.message_id = m.id ORDER BY m.urgency, m.id
"""  # noqa: S608 - our own words
END = """
WITH ended AS (
  SELECT * FROM unnest(%(attempts)s::bigint[], %(messages)s::bigint[], %(outcomes)s::text[], %(details)s::text[],
    %(gateways)s::text[], %(parts)s::int[], %(costs)s::numeric[], %(states)s::text[], %(reasons)s::text[],
    %(times)s::timestamptz[], %(draws)s::float8[], %(numbers)s::int[])
    AS e(attempt, message, outcome, detail, gateway, parts, cost, state, reason, not_before, draw, number)
), told AS (
  UPDATE messaging_attempt a SET ended_at = %(now)s, outcome = e.outcome, detail = e.detail, gateway_id = e.gateway,
    parts = e.parts, cost = e.cost
  FROM ended e WHERE a.id = e.attempt
)
UPDATE messaging_message m SET state = e.state, reason = e.reason, not_before = e.not_before, draw = e.draw
FROM ended e WHERE m.id = e.message AND m.state IN ('going', 'uncertain')
  AND NOT EXISTS (SELECT FROM messaging_attempt n WHERE n.message_id = m.id AND n.number > e.number)
"""


@dataclass(frozen=True)
class Taken:
    """A message whose hand-over has begun: by whom, the id of the attempt, which attempt it is, and the message."""

    sender: Sender
    attempt_id: int
    number: int
    message: Message


@dataclass(frozen=True)
class Result:
    """How it ended, and how long it took. One that was not `was_tried` never reached its provider and says nothing of it."""

    taken: Taken
    ended: Ended
    seconds: float = 0.0
    was_tried: bool = True

    @property
    def tells(self) -> bool:
        """Whether it tells how the sender does: it was tried, and any trouble was not with a service the addressee chose."""
        return self.was_tried and not (self.ended.is_theirs and self.ended.outcome in TROUBLE)

    @property
    def is_trouble(self) -> bool:
        """Whether its provider was not reached, or the hand-over broke off."""
        return self.tells and self.ended.outcome in TROUBLE


def stretches(senders: Sequence[Sender], *, now: datetime) -> dict[int, tuple[float, float]]:
    """Each sender's stretch of its channel's line, by its weight and its present share; one that is off has none.

    One whose circuit is open keeps its stretch until its share has shrunk to the least. Then it has none, for what waits in it
    would wait as long as the provider is away, while another could carry it.
    """
    found: dict[int, tuple[float, float]] = {}
    by_channel = defaultdict(list)
    for sender in senders:
        if sender.is_on and sender.weight:
            by_channel[sender.channel].append(sender)
    for all_of_them in by_channel.values():
        those = [one for one in all_of_them if not _rests(one, now)] or all_of_them
        whole, low = sum(one.weight * one.share for one in those), 0.0
        for number, one in enumerate(those, start=1):
            # The last one's end lies beyond 1, whatever the sums of fractions.
            high = 2.0 if number == len(those) else low + one.weight * one.share / whole
            found[one.pk] = (low, high)
            low = high
    return found


def _rests(sender: Sender, now: datetime) -> bool:
    return sender.shut_until is not None and sender.shut_until > now and sender.share <= LEAST


def take(
    sender: Sender, stretch: tuple[float, float], *, most: int, pump: str, now: datetime, closed: Iterable[str] = ()
) -> list[Taken]:
    """Begin the hand-over of the next messages in this sender's stretch, in the caller's transaction.

    `closed` are the offices that have sent as many as they may today.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {
            "channel": sender.channel, "sender": sender.pk, "low": stretch[0], "high": stretch[1], "most": most,
            "name": sender.name, "pump": pump, "now": now, "closed": list(closed), "capped": [str(kind) for kind in CAPPED],
        })
        return [Taken(sender, row[0], row[1], COLUMNS.instance(row[2:])) for row in cursor.fetchall()]


def end(results: Sequence[Result], *, now: datetime) -> None:
    """Write down how hand-overs ended, what they cost and how their senders did, in the caller's transaction."""
    if not results:
        return
    columns: dict[str, list] = defaultdict(list)
    spent: dict[tuple, list] = defaultdict(lambda: [0, 0, Decimal(0)])
    minutes: dict[tuple[int, float], list] = defaultdict(lambda: [0, 0, 0, 0])
    for result in results:
        message, sender = result.taken.message, result.taken.sender
        is_taken = result.ended.outcome == Outcome.HANDED
        operator = operator_of(message.to)
        parts = parts_of(message) if is_taken else 0
        cost = price(sender, operator) * parts
        state, reason, again = stands(result, now)
        row = {
            "attempts": result.taken.attempt_id, "messages": message.pk, "numbers": result.taken.number,
            "outcomes": str(result.ended.outcome), "details": result.ended.detail[:300],
            "gateways": result.ended.gateway_id[:100], "parts": parts, "costs": cost, "states": str(state),
            "reasons": str(reason), "times": again, "draws": a_draw(),
        }
        for name, value in row.items():
            columns[name].append(value)
        if is_taken:
            line = spent[timezone.localdate(now), message.office_id or "", sender.pk, operator]
            line[0], line[1], line[2] = line[0] + 1, line[1] + parts, line[2] + cost
        if result.was_tried:
            minute = minutes[sender.pk, sender.share]
            minute[2 if result.is_trouble else 0 if is_taken else 1] += 1
            minute[3] += int(result.seconds * 1000)
    with connection.cursor() as cursor:
        cursor.execute(END, columns | {"now": now})
        # In one order, so that two pumps never wait for each other.
        for key, values in sorted(spent.items()):
            cursor.execute(SPENT, [*key, *values])
        for key, values in sorted(minutes.items()):
            cursor.execute(DID, [key[0], now.replace(second=0, microsecond=0), *values, key[1]])


SPENT = """
INSERT INTO messaging_usage AS u (day, office, sender_id, operator, messages, parts, cost) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (day, office, sender_id, operator)
DO UPDATE SET messages = u.messages + EXCLUDED.messages, parts = u.parts + EXCLUDED.parts, cost = u.cost + EXCLUDED.cost
"""
DID = """
INSERT INTO messaging_senderminute AS s (sender_id, minute, handed, refused, troubled, milliseconds, share)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (sender_id, minute) DO UPDATE SET handed = s.handed + EXCLUDED.handed, refused = s.refused + EXCLUDED.refused,
  troubled = s.troubled + EXCLUDED.troubled, milliseconds = s.milliseconds + EXCLUDED.milliseconds, share = EXCLUDED.share
"""


def stands(result: Result, now: datetime) -> tuple[str, str, datetime | None]:
    """State, reason and the time of the next try, by how a hand-over ended."""
    if result.ended.outcome == Outcome.HANDED:
        return State.DELIVERED if result.ended.has_arrived else State.HANDED, "", None
    if result.ended.outcome == Outcome.REFUSED:
        return State.FAILED, Reason.REFUSED, None
    if result.ended.outcome == Outcome.UNSURE:
        return State.UNCERTAIN, Reason.BROKEN_OFF, None
    message, number = result.taken.message, result.taken.number
    # A person who has it sent again begins a new row of seven.
    again = now + pause_after(number)
    if number % TRIES == 0 or is_too_old(message, again):
        return State.FAILED, Reason.GAVE_UP, None
    return State.HELD, Reason.PAUSE, again


def is_too_old(message: Message, at: datetime) -> bool:
    """Whether a message with a code would be of no use any more at that time."""
    lives = DECISION_LIVES if message.kind == Message.Kind.REMINDER else SECRET_LIVES
    return message.is_secret and at - message.created_at > lives


def pause_after(number: int) -> timedelta:
    """How long to wait after the n-th try: 30 s, 2 min, 8 min, 32 min, then two hours and eight."""
    return timedelta(seconds=30 * 4 ** min((number - 1) % TRIES, 5))


def parts_of(message: Message) -> int:
    """What is paid for: the parts of an SMS, one of anything else."""
    return segments(message.body).parts if message.channel == "sms" else 1


def price(sender: Sender, operator: str) -> Decimal:
    """Rupiah for a part to that operator."""
    return Decimal(str(sender.prices.get(operator, sender.prices.get("", 0))))


def never_begun(pump: str, in_hand: Iterable[int], *, now: datetime) -> int:
    """After a broken connection: what this pump took and never handed over goes back into the line; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH back AS (UPDATE messaging_attempt SET ended_at = %(now)s, outcome = 'later', detail = 'not begun'"
            " WHERE pump = %(pump)s AND ended_at IS NULL AND NOT id = ANY(%(hand)s) RETURNING message_id)"
            " UPDATE messaging_message m SET state = 'held', reason = 'pause', not_before = %(now)s"
            " FROM back WHERE m.id = back.message_id AND m.state = 'going'",
            {"now": now, "pump": pump, "hand": list(in_hand)},
        )
        return cursor.rowcount


DUE = """
WITH picked AS (
  SELECT id FROM messaging_message WHERE state = 'held' AND not_before <= %(now)s
  ORDER BY not_before LIMIT 5000 FOR UPDATE SKIP LOCKED
), judged AS (
  SELECT m.id, CASE
    WHEN EXISTS (SELECT FROM messaging_broadcast b WHERE b.state = 'stopped'
      AND b.id = CASE WHEN m.about ~ '^messaging[.]broadcast:[0-9]{1,18}$' THEN substr(m.about, 21)::bigint END) THEN 'withdrawn'
    WHEN m.kind = ANY(%(late)s) AND EXISTS (SELECT FROM messaging_silence s WHERE s.address = m.to)
      OR m.kind = ANY(%(switchable)s) AND EXISTS (SELECT FROM messaging_wish w WHERE w.party_id = m.party_id
        AND w.channel = m.channel AND w.kind = m.kind AND NOT w.is_wanted) THEN 'unwanted'
    WHEN %(morning)s::timestamptz IS NOT NULL AND m.kind = ANY(%(late)s) AND m.channel = ANY(%(waking)s) THEN 'quiet'
    ELSE '' END AS why
  FROM messaging_message m JOIN picked ON picked.id = m.id
)
UPDATE messaging_message m SET reason = j.why,
  state = CASE j.why WHEN '' THEN 'queued' WHEN 'quiet' THEN 'held' ELSE 'stopped' END,
  not_before = CASE j.why WHEN 'quiet' THEN %(morning)s ELSE m.not_before END
FROM judged j WHERE j.id = m.id
"""
# What could not be handed over in the daytime; of matters and money somebody may be waiting for an answer.
QUIET = """
UPDATE messaging_message SET state = 'held', reason = 'quiet', not_before = %(morning)s WHERE id IN (
  SELECT id FROM messaging_message WHERE state = 'queued' AND kind = ANY(%(late)s) AND channel = ANY(%(waking)s)
  LIMIT 20000 FOR UPDATE SKIP LOCKED)
"""
# What was asked and answered goes when a conversation is over; that there was one stays for a day, so that this can be said.
FORGET_TALKS = "UPDATE messaging_conversation SET sealed = '', question = '' WHERE until < %s AND sealed <> ''"
# A little later than it ends, for clocks differ.
TALKS_OVER, TALKS_GONE = timedelta(minutes=1), timedelta(days=1)


def due(*, now: datetime) -> int:
    """What was held and whose time has come goes into the line, and what was begun long ago and never ended becomes uncertain.

    What nobody wants any more by then is stopped, and in quiet hours what wakes people and nobody waits for waits on.
    """
    morning = max((at for kind in STOPPED if (at := not_before(kind, Message.Channel.SMS, now))), default=None)
    asked = {
        "now": now, "morning": morning, "late": [str(kind) for kind in STOPPED], "waking": [str(one) for one in WAKING],
        "switchable": [str(kind) for kind in SWITCHABLE],
    }
    with connection.cursor() as cursor:
        cursor.execute(DUE, asked)
        moved = cursor.rowcount
        if morning is not None:
            cursor.execute(QUIET, asked)
        cursor.execute(FORGET_TALKS, [now - TALKS_OVER])
        cursor.execute("DELETE FROM messaging_conversation WHERE until < %s", [now - TALKS_GONE])
        cursor.execute(
            "UPDATE messaging_message SET state = 'uncertain', reason = 'broken-off' WHERE id IN ("
            " SELECT m.id FROM messaging_message m JOIN LATERAL (SELECT began_at, ended_at FROM messaging_attempt a"
            "  WHERE a.message_id = m.id ORDER BY number DESC LIMIT 1) last ON true"
            " WHERE m.state = 'going' AND last.ended_at IS NULL AND last.began_at < %s FOR UPDATE OF m SKIP LOCKED)",
            [now - PATIENCE],
        )
        return moved + cursor.rowcount


def without_sender(channels: set[str]) -> int:
    """What waits for a channel that nobody carries fails with that reason."""
    waiting = Message.objects.filter(state=State.QUEUED).exclude(channel__in=channels)
    return waiting.update(state=State.FAILED, reason=Reason.UNCONFIGURED)


def unbound(active: set[int]) -> int:
    """An answer whose line is out of use goes out through any other of its channel."""
    waiting = Message.objects.filter(state=State.QUEUED, urgency=URGENCY[Message.Kind.REPLY], channel__in=["sms", "whatsapp"])
    return waiting.exclude(sender=None).exclude(sender__in=active).update(sender=None)


def rooms(*, now: datetime) -> dict[tuple[str, str], int]:
    """How many more each capped office may send today, by channel and office."""
    today, found = timezone.localdate(now), {}
    for cap in OfficeCap.objects.all():
        used = sum(
            Usage.objects.filter(day=today, office=cap.office, sender__channel=cap.channel).values_list("messages", flat=True)
        )
        mine = Message.objects.filter(channel=cap.channel, office_id=cap.office, kind__in=CAPPED, state=State.GOING)
        found[cap.channel, cap.office] = cap.per_day - used - mine.count()
    return found


def over_cap(*, now: datetime) -> int:
    """What an office's cap of the day leaves no room for is held until the next morning."""
    held = 0
    today = timezone.localdate(now)
    tomorrow = timezone.make_aware(datetime.combine(today + timedelta(days=1), datetime.min.time())) + timedelta(hours=6)
    for (channel, office), room in rooms(now=now).items():
        mine = Message.objects.filter(channel=channel, office_id=office, kind__in=CAPPED)
        waiting = mine.filter(state=State.QUEUED).order_by("urgency", "pk")
        beyond = waiting.values_list("pk", flat=True)[max(0, room):]
        held += Message.objects.filter(pk__in=list(beyond), state=State.QUEUED).update(
            state=State.HELD, reason=Reason.CAPPED, not_before=tomorrow
        )
    return held


def judge(sender: Sender, *, is_bad: bool, now: datetime) -> None:
    """Move a sender's share by one step, once in each round whoever asks: down when it errs or is slow, up when it does well."""
    change = -STEP if is_bad else STEP
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_sender SET share = greatest(%s, least(1, share + %s)), judged_at = %s"
            " WHERE id = %s AND (judged_at IS NULL OR judged_at <= %s OR judged_at > %s)",
            [LEAST, change, now, sender.pk, now - ROUND, now + ROUND],
        )


def went_well(sender: Sender) -> None:
    """The circuit is closed again."""
    Sender.objects.filter(pk=sender.pk).update(failures=0, shut_until=None, shut_times=0)
    sender.failures, sender.shut_until, sender.shut_times = 0, None, 0


def failed(sender: Sender, times: int, *, now: datetime) -> None:
    """Failures in a row; from the fifth on nothing is handed to it for a time that doubles."""
    if sender.shut_until is not None and now < sender.shut_until <= now + LONGEST_SHUT:
        return  # they were in its hands when it was shut
    sender.failures += times
    if sender.failures >= FAILURES:
        sender.shut_until = now + min(SHUT * 2**min(sender.shut_times, 10), LONGEST_SHUT)
        sender.shut_times, sender.failures = sender.shut_times + 1, FAILURES - 1
    Sender.objects.filter(pk=sender.pk).update(
        failures=sender.failures, shut_until=sender.shut_until, shut_times=sender.shut_times
    )


def forget_old(*, now: datetime) -> None:
    """Empty the text of one-time codes after a day, and drop the minutes of senders after two weeks."""
    Message.objects.filter(is_secret=True, created_at__lt=now - timedelta(days=1)).exclude(body="").update(body="")
    SenderMinute.objects.filter(minute__lt=now - timedelta(days=14)).delete()
