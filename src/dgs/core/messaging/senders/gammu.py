"""SMS through Gammu SMSD (modems and telephones on a cable) by its PostgreSQL tables, version 16 and later of its schema.

A message is handed over when its rows are committed: SMSD sends what stands in `outbox`. Our number of the attempt stands in
`CreatorID`, which SMSD copies into `sentitems`, so that what became of it is found whatever happened in between. What was told
of a row is written behind it (`DGS:17:DeliveryOK`), and an SMS is marked as processed after it was taken in: both survive us.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import psycopg
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from dgs.core.messaging.models import Message
from dgs.core.messaging.plain import number_of
from dgs.core.messaging.segments import segments, split
from dgs.core.messaging.senders.talking import Came, Ended, Outcome, Parameter, Said, Talker, Told

CREATOR = re.compile(r"[A-Za-z0-9-]{1,20}\Z", re.ASCII)
SAYS = {
    "SendingOK": Said.ACCEPTED, "SendingOKNoReport": Said.ACCEPTED, "DeliveryPending": Said.ACCEPTED,
    "DeliveryUnknown": Said.ACCEPTED, "DeliveryOK": Said.DELIVERED, "DeliveryFailed": Said.FAILED, "SendingError": Said.FAILED,
    "Error": Said.FAILED,
}
# TP-Status "validity period expired" (TS 23.040, 9.2.3.15).
EXPIRED = 70
# A relative validity of 15 minutes (TS 23.040, 9.2.3.12.1): a code that comes later is of no use. -1 is what SMSD thinks best.
FOR_A_CODE, AS_ALWAYS = 2, -1
MOST = 500
# Seconds that the parts of a long SMS are waited for; what is there by then is taken as it is.
WAIT = 300
# A COMMIT that the server refused with one of these has certainly not happened; any other word, or none, leaves it open.
NOT_COMMITTED = {"23502", "23503", "23505", "23514", "40001", "40P01"}
LINE = {
    "connect_timeout": 10, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000,
    "client_encoding": "utf8", "application_name": "dgs",
}

OUT = """
INSERT INTO outbox ("DestinationNumber", "TextDecoded", "Coding", "UDH", "MultiPart", "RelativeValidity", "SenderID",
  "DeliveryReport", "CreatorID", "Priority")
VALUES (%(to)s, %(text)s, %(coding)s, %(udh)s, %(several)s, %(validity)s, %(phone)s, %(report)s, %(creator)s, %(priority)s)
RETURNING "ID"
"""
MORE = 'INSERT INTO outbox_multipart ("ID", "SequencePosition", "TextDecoded", "Coding", "UDH") VALUES (%s, %s, %s, %s, %s)'
# All parts of what has a part whose state was not told yet.
ENDED = """
SELECT "ID", "SequencePosition", "Status", "StatusError", "CreatorID", "UDH" FROM sentitems WHERE "ID" IN (
  SELECT "ID" FROM sentitems WHERE "CreatorID" LIKE %(mine)s AND "CreatorID" NOT LIKE '%%:' || "Status"
  ORDER BY "ID" LIMIT %(most)s
) AND "CreatorID" LIKE %(mine)s ORDER BY "ID", "SequencePosition"
"""
TOLD = """
UPDATE sentitems SET "CreatorID" = %s WHERE "ID" = %s AND "SequencePosition" = %s AND "Status" = %s
"""
# 127 are the network's own menus (USSD), which are no SMS.
WAITING = """
SELECT "ID", "SenderNumber", "TextDecoded", "UDH", "RecipientID", "ReceivingDateTime" FROM inbox
WHERE NOT "Processed" AND "Class" <> 127 AND (%(phone)s::text = '' OR "RecipientID" = %(phone)s) ORDER BY "ID" LIMIT %(most)s
"""
ALONE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 1904))"
DONE = 'UPDATE inbox SET "Processed" = true WHERE "ID" = ANY(%s)'


class Part(NamedTuple):
    """One row of the inbox."""

    pk: int
    number: str
    text: str
    udh: str
    to: str
    at: datetime


class Gammu(Talker):
    """Gammu SMSD's database."""

    code, title, channel = "gammu", _("Gammu SMSD (modems) by its database"), "sms"
    parameters = (
        Parameter(
            "database", _("Address of SMSD's database"), is_secret=True, is_needed=True,
            help=_("postgresql://account:password@computer/smsd"),
        ),
        Parameter("phone", _("Name of the telephone (PhoneID)"), help=_("empty: whichever telephone is free")),
        Parameter("creator", _("What our messages are marked with (CreatorID)"), "DGS", is_needed=True),
        Parameter("reports", _("Delivery reports"), "yes", choices=(("yes", _("asked for")), ("no", _("not asked for")))),
    )

    def __init__(self, name, parameters):
        super().__init__(name, parameters)
        self._incomplete: dict[tuple, float] = {}
        self._collecting = threading.Lock()

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """An address that is none, a mark that could be taken for another's."""
        found = []
        try:
            parts = conninfo_to_dict(known["database"]) if known["database"].startswith(("postgresql://", "postgres://")) else {}
        except psycopg.Error:
            parts = {}
        if not parts.get("dbname"):
            found.append(str(_("The address of the database is written postgresql://account:password@computer/smsd.")))
        if not CREATOR.match(known["creator"]):
            found.append(str(_("The mark of our messages has 1 to 20 letters, digits and hyphens.")))
        if len(known["phone"]) > 255:
            found.append(str(_("The name of the telephone is too long.")))
        return found

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """It is taken when its rows are committed; before the COMMIT nothing is, while one that breaks off may have been."""
        encoding, parts = segments(message.body).encoding, split(message.body)
        if len(parts) > 255:
            return Ended(Outcome.REFUSED, "more than 255 parts")
        coding = "Default_No_Compression" if encoding == "GSM-7" else "Unicode_No_Compression"
        heads = [f"050003{attempt_id % 256:02X}{len(parts):02X}{n:02X}" for n in range(1, len(parts) + 1)]
        asked = {
            "to": f"+{message.to}", "text": parts[0], "coding": coding, "udh": heads[0] if len(parts) > 1 else None,
            "several": len(parts) > 1, "validity": FOR_A_CODE if message.is_secret else AS_ALWAYS,
            "phone": self.known["phone"] or None, "report": self.known["reports"],
            "creator": f"{self.known['creator']}:{attempt_id}", "priority": 10 - message.urgency,
        }
        try:
            line = self._line()
        except psycopg.Error as error:
            return Ended(Outcome.LATER, type(error).__name__)
        committing = False
        try:
            with line.cursor() as cursor:
                pk = cursor.execute(OUT, asked).fetchone()[0]
                if len(parts) > 1:
                    cursor.executemany(
                        MORE, [(pk, n, part, coding, heads[n - 1]) for n, part in enumerate(parts[1:], start=2)]
                    )
            committing = True
            line.commit()
            return Ended(Outcome.HANDED, gateway_id=str(pk))
        except psycopg.Error as error:
            detail = error.sqlstate or type(error).__name__
            if committing and detail not in NOT_COMMITTED:
                return Ended(Outcome.UNSURE, detail)
            return Ended(Outcome.REFUSED if detail.startswith("22") else Outcome.LATER, detail)
        finally:
            line.close()

    def collect(self) -> Iterator[Told | Came]:
        """What became of our messages, and SMS; one process at a time, and each is marked after it was taken in."""
        if not self._collecting.acquire(blocking=False):
            return
        try:
            with self._line(autocommit=True) as line:
                if line.execute(ALONE, [f"dgs:{self.name}"]).fetchone()[0]:
                    yield from self._ended(line)
                    yield from self._came(line)
        finally:
            self._collecting.release()

    def _line(self, *, autocommit: bool = False) -> psycopg.Connection:
        line = psycopg.connect(self.known["database"], autocommit=True, **LINE)
        try:
            line.execute("SET statement_timeout = 10000")
            line.execute("SET standard_conforming_strings = on")
            line.autocommit = autocommit
        except psycopg.Error:
            line.close()
            raise
        return line

    def _ended(self, line: psycopg.Connection) -> Iterator[Told]:
        mine = f"{self.known['creator']}:%"
        rows = line.execute(ENDED, {"mine": mine, "most": MOST}).fetchall()
        for pk, group in groupby(rows, key=lambda row: row[0]):
            parts = list(group)
            number = parts[0][4].split(":")[1]
            attempt_id = number_of(number)
            if attempt_id is not None:
                yield Told(said_of(parts), attempt_id=attempt_id, detail=worst(parts), gateway_id=str(pk))
            with line.cursor() as cursor:
                cursor.executemany(
                    TOLD, [(f"{self.known['creator']}:{number[:30]}:{status}", pk, position, status)
                           for _pk, position, status, _error, _creator, _udh in parts],
                )

    def _came(self, line: psycopg.Connection) -> Iterator[Came]:
        rows = line.execute(WAITING, {"phone": self.known["phone"], "most": MOST}).fetchall()
        whole, incomplete = joined([Part(*row) for row in rows])
        now = time.monotonic()
        # Forgets what is there no more, and begins to wait for what is new.
        self._incomplete = {key: self._incomplete.get(key, now) for key in incomplete}
        late = [parts for key, parts in incomplete.items() if now - self._incomplete[key] >= WAIT]
        for parts in whole + late:
            first = parts[0]
            yield Came(
                f"{first.pk}:{first.at:%Y%m%d%H%M%S}", first.number, "".join(part.text for part in parts), first.to,
            )
            line.execute(DONE, [[part.pk for part in parts]])


def said_of(parts: Iterable[tuple]) -> str:
    """What the rows of one message in `sentitems` say together: one lost part is a lost message, and all must have arrived."""
    parts = list(parts)
    says = [SAYS.get(status, Said.ACCEPTED) for _pk, _position, status, *_rest in parts]
    if Said.FAILED in says:
        expired = [error for _pk, _position, status, error, *_rest in parts if status == "DeliveryFailed"]
        return Said.EXPIRED if expired and set(expired) == {EXPIRED} and says.count(Said.FAILED) == len(expired) else Said.FAILED
    head = head_of(parts[0][5])
    is_whole = len(parts) == (head[1] if head else 1)
    return Said.DELIVERED if is_whole and set(says) == {Said.DELIVERED} else Said.ACCEPTED


def worst(parts: Iterable[tuple]) -> str:
    """The states of the parts as SMSD names them, for those who look for a fault."""
    return ", ".join(dict.fromkeys(f"{status}" if error in (-1, 0) else f"{status} {error}"
                                   for _pk, _position, status, error, *_rest in parts))[:300]


def head_of(udh: str | None) -> tuple[int, int, int] | None:
    """Reference, number of parts and which part this is, from a user data header in hexadecimal; None when it is no part."""
    try:
        data = bytes.fromhex(udh or "")
    except ValueError:
        return None
    at = 1
    while at + 2 <= len(data):
        kind, length = data[at], data[at + 1]
        body = data[at + 2:at + 2 + length]
        at += 2 + length
        if len(body) != length:
            return None
        if kind == 0 and length == 3 or kind == 8 and length == 4:
            total, position = body[-2], body[-1]
            return (int.from_bytes(body[:-2]), total, position) if 1 <= position <= total and total > 1 else None
    return None


def joined(rows: Iterable[Part]) -> tuple[list[list[Part]], dict[tuple, list[Part]]]:
    """The SMS that are whole, each as its parts in order, and those of which parts are missing.

    References are used again after 256 messages: a part that is there already begins the next message.
    """
    whole: list[list[Part]] = []
    open_ones: dict[tuple, dict[int, Part]] = {}
    missing: list[tuple[tuple, dict[int, Part]]] = []
    for row in rows:
        head = head_of(row.udh)
        if head is None:
            whole.append([row])
            continue
        reference, total, position = head
        key = (row.number, row.to, reference, total)
        if position in open_ones.get(key, {}):
            missing.append((key, open_ones.pop(key)))
        parts = open_ones.setdefault(key, {})
        parts[position] = row
        if len(parts) == total:
            whole.append([parts[n] for n in sorted(parts)])
            del open_ones[key]
    missing += list(open_ones.items())
    incomplete = {(*key, min(part.pk for part in parts.values())): [parts[n] for n in sorted(parts)] for key, parts in missing}
    return sorted(whole, key=lambda parts: min(part.pk for part in parts)), incomplete
