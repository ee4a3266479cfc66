"""The pump of a worker: takes messages from the line, has them handed over side by side, writes down how it ended.

One thread talks to the database; each sender has threads of its own that talk to its provider, so that one that hangs holds up
itself only. An attempt is committed before its hand-over begins, and its end after: a process that dies in between leaves at
most a window of them without an end, which become uncertain and are never sent again by themselves.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone

from dgs.core.messaging import line
from dgs.core.messaging.actions.receipts import take_in
from dgs.core.messaging.actions.receiving import handle_waiting
from dgs.core.messaging.kinds import CAPPED
from dgs.core.messaging.line import Result, Taken
from dgs.core.messaging.models import Attempt, Sender
from dgs.core.messaging.senders import ensure_senders, in_use, program_of
from dgs.core.messaging.senders.talking import Ended, Kind, Talker
from dgs.core.messaging.trouble import where

log = logging.getLogger(__name__)

# Seconds: how long to wait for something to do, between looks at senders and what is due, after which a hand-over is slow.
IDLE, LOOK, SLOW = 0.25, 2.0, 3.0


class Lane:
    """One sender in this process: its program, its threads, what is in its hands, how it did since it was last judged."""

    def __init__(self, sender: Sender, done: queue.SimpleQueue) -> None:
        self.sender, self.done = sender, done
        self.mark = (sender.sealed, sender.kind)
        self.program: Kind = program_of(sender)
        self.threads = ThreadPoolExecutor(max_workers=sender.window + 1, thread_name_prefix=f"sender-{sender.name}")
        self.size = sender.window  # and one thread more, which fetches what waits at the provider
        self.in_hand: dict[int, tuple[Taken, float]] = {}
        self.fetching, self.is_unfetched = False, False
        self.ended, self.troubled, self.seconds = 0, 0, 0.0

    def room(self, now: datetime) -> int:
        """How many more it may take now: none while its circuit is open, one to try whether it works again."""
        if self.sender.shut_until is not None:
            # Shut until later than it can be, for the clock has been set back: as if that were over.
            is_over = self.sender.shut_until <= now or self.sender.shut_until > now + line.LONGEST_SHUT
            return 1 if is_over and not self.in_hand else 0
        return max(0, self.size - len(self.in_hand))

    def begin(self, taken: Taken) -> None:
        """Hand over in a thread; its end comes through `done`."""
        self.in_hand[taken.attempt_id] = (taken, time.monotonic())
        self.threads.submit(self._hand, taken)

    def _hand(self, taken: Taken) -> None:
        began = time.monotonic()
        try:
            ended = self.program.hand(taken.message, taken.attempt_id)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it may have happened after the provider took it
            log.error("message %s: the sender %s failed: %s", taken.message.pk, self.sender.name, where(error))
            ended = Ended(Attempt.Outcome.UNSURE, type(error).__name__)
        finally:
            connection.close()  # of this thread, had the program looked something up
        self.done.put((self, Result(taken, ended, time.monotonic() - began)))

    def fetch(self) -> None:
        """Have what waits at the provider fetched, unless nothing ever does or that is going on."""
        if type(self.program).collect is not Talker.collect and not self.fetching:
            self.fetching = True
            self.threads.submit(self._fetch)

    def _fetch(self) -> None:
        try:
            take_in(self.sender, self.program.collect(), now=timezone.now())
            self.is_unfetched = False
        except Exception as error:  # noqa: BLE001 - a provider may answer anything
            if not self.is_unfetched:  # once, not every few seconds for as long as it is away
                log.error("what waits at %s could not be fetched: %s", self.sender.name, where(error))
            self.is_unfetched = True
        finally:
            connection.close()
            self.fetching = False

    def note(self, result: Result) -> None:
        """Take one out of its hands and remember how it did."""
        self.in_hand.pop(result.taken.attempt_id, None)
        self.ended += result.was_tried
        self.troubled += result.is_trouble
        self.seconds += result.seconds

    def judged(self) -> bool | None:
        """Whether it did badly since it was last asked; None when there is nothing to judge by."""
        oldest = min((began for _taken, began in self.in_hand.values()), default=None)
        hangs = oldest is not None and time.monotonic() - oldest > SLOW
        ended, troubled, seconds = self.ended, self.troubled, self.seconds
        self.ended, self.troubled, self.seconds = 0, 0, 0.0
        if hangs or self.sender.shut_until is not None:
            return True
        if not ended:
            return None if self.sender.share >= 1 else False
        return troubled / ended > 0.2 or seconds / ended > SLOW

    def close(self) -> None:
        """No more threads."""
        self.threads.shutdown(wait=False, cancel_futures=False)


class Pump:
    """The pump of this process."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self.done: queue.SimpleQueue = queue.SimpleQueue()
        self.lanes: dict[int, Lane] = {}
        self.stretches: dict[int, tuple[float, float]] = {}
        self.results: list[tuple[Lane, Result]] = []
        self.rooms: dict[tuple[str, str], int] = {}
        self.unread: dict[int, str] = {}
        self.looked = float("-inf")
        self.is_broken = False
        self.stopping = threading.Event()

    def run(self, *, is_once: bool = False) -> None:
        """Work until told to stop, or until nothing waits; what is in hand is brought to its end first."""
        ensure_senders()
        while True:
            try:
                if not is_once:
                    close_old_connections()
                taken = self.turn(is_taking=not self.stopping.is_set())
            except (DatabaseError, InterfaceError) as error:
                if is_once:
                    raise
                # What has ended meanwhile stays in self.results and is written down when the database is there again.
                self.is_broken = True
                log.warning("the pump waits for the database: %s", where(error))
                connection.close()
                if self.stopping.wait(1):
                    self.wait(0.2)
                continue
            is_over = self.stopping.is_set() or is_once and not taken and not self.is_fetching()
            if is_over and not self.results and not self.in_hand():
                break
            self.wait(0 if taken and not self.in_hand() else IDLE)
        for lane in self.lanes.values():
            lane.close()

    def start(self) -> threading.Thread:
        """Run it in a thread of its own, which ends when the pump was told to stop, or when it broke."""
        thread = threading.Thread(target=self._run_and_close, name="pump", daemon=True)
        thread.start()
        return thread

    def _run_and_close(self) -> None:
        try:
            self.run()
        except Exception as error:  # noqa: BLE001 - the worker sees that the thread has ended, and ends
            log.error("the pump broke: %s", where(error))
        finally:
            connection.close()

    def is_fetching(self) -> bool:
        """Whether what waits at a provider is being fetched."""
        return any(lane.fetching for lane in self.lanes.values())

    def in_hand(self) -> list[int]:
        """The attempts whose hand-over is going on, or whose end is not written down yet."""
        return [pk for lane in self.lanes.values() for pk in lane.in_hand] + [r.taken.attempt_id for _lane, r in self.results]

    def wait(self, seconds: float) -> None:
        """Until something ended, or for so long; what ends at nearly the same time is taken together."""
        try:
            self.results.append(self.done.get(timeout=seconds) if seconds else self.done.get_nowait())
            while True:
                self.results.append(self.done.get_nowait())
        except queue.Empty:
            pass

    def turn(self, *, is_taking: bool = True) -> int:
        """One round: write down what ended, take what comes next, begin it. How many were begun."""
        now = timezone.now()
        if self.is_broken:
            line.never_begun(self.name, self.in_hand(), now=now)
            self.is_broken = False
        if time.monotonic() - self.looked > LOOK:
            self.look(now)
        ended = self.results
        begun: list[tuple[Lane, Taken]] = []
        rooms = [(lane, room) for lane in self.lanes.values() if is_taking and (room := self._room(lane, ended, now))]
        if not ended and not rooms:
            return 0
        try:
            with transaction.atomic():
                line.end([result for _lane, result in ended], now=now)
                for lane, room in rooms:
                    took = line.take(
                        lane.sender, self.stretches[lane.sender.pk], most=room, pump=self.name, now=now,
                        closed=self._closed(lane.sender.channel),
                    )
                    self._count(took)
                    begun += [(lane, taken) for taken in took]
        except BaseException:
            self.is_broken = True
            raise
        self.results = []
        for lane, result in ended:
            lane.note(result)
        self._circuits(ended, now)
        for lane, taken in begun:
            if line.is_too_old(taken.message, now):
                self.done.put((lane, Result(taken, Ended(Attempt.Outcome.LATER, "too old"), was_tried=False)))
            else:
                lane.begin(taken)
        return len(begun)

    def _closed(self, channel: str) -> list[str]:
        """The offices that may send no more by this channel today."""
        return [office for (by, office), room in self.rooms.items() if by == channel and room <= 0]

    def _count(self, took: list[Taken]) -> None:
        for taken in took:
            place = (taken.message.channel, taken.message.office_id or "")
            if place in self.rooms and taken.message.kind in CAPPED:
                self.rooms[place] -= 1

    def _room(self, lane: Lane, ended: list, now: datetime) -> int:
        """Its room once what has ended is out of its hands."""
        if lane.sender.pk not in self.stretches:
            return 0
        mine = sum(1 for other, _result in ended if other is lane)
        if lane.sender.shut_until is not None:
            return lane.room(now)
        return lane.room(now) + mine

    def _circuits(self, ended: list[tuple[Lane, Result]], now: datetime) -> None:
        for lane in {id(lane): lane for lane, result in ended if result.tells}.values():
            mine = [result.is_trouble for other, result in ended if other is lane and result.tells]
            if not all(mine):
                if lane.sender.failures or lane.sender.shut_until:
                    line.went_well(lane.sender)
            else:
                line.failed(lane.sender, len(mine), now=now)

    def look(self, now: datetime) -> None:
        """Every few seconds: who the senders are, how they do, what is due, what waits at providers."""
        self.looked = time.monotonic()
        for lane in self.lanes.values():
            is_bad = lane.judged()
            if is_bad is not None:
                line.judge(lane.sender, is_bad=is_bad, now=now)
        found = in_use()
        self._senders(found, now)
        line.due(now=now)
        line.without_sender({sender.channel for sender in found})
        line.unbound(set(self.stretches))
        line.over_cap(now=now)
        self.rooms = line.rooms(now=now)
        handle_waiting(now=now)
        for lane in self.lanes.values():
            if lane.sender.is_on:
                lane.fetch()

    def _senders(self, found: list[Sender], now: datetime) -> None:
        """Lanes for the senders there are now; one whose parameters changed is begun anew once its hands are empty."""
        for sender in found:
            lane = self.lanes.get(sender.pk)
            if lane is None:
                self._begin(sender)
            elif lane.mark != (sender.sealed, sender.kind) or lane.size != sender.window:
                if not lane.in_hand and not lane.fetching:
                    self.lanes.pop(sender.pk).close()
                    self._begin(sender)
            else:
                lane.sender = sender
        for pk in set(self.lanes) - {sender.pk for sender in found}:
            if not self.lanes[pk].in_hand:
                self.lanes.pop(pk).close()
        self.stretches = line.stretches([lane.sender for lane in self.lanes.values()], now=now)

    def _begin(self, sender: Sender) -> None:
        """A lane, unless the sender's parameters cannot be read (sealed with a key that is gone): the others go on."""
        try:
            self.lanes[sender.pk] = Lane(sender, self.done)
        except Exception as error:  # noqa: BLE001 - a program may stumble over anything in its parameters
            if self.unread.get(sender.pk) != sender.sealed:  # once, not every few seconds
                log.error("the sender %s cannot be used: %s", sender.name, where(error))
            self.unread[sender.pk] = sender.sealed
