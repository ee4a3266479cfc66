"""A database as Gammu SMSD keeps it, on the server of the tests, and a line to it that breaks on command."""

from __future__ import annotations

import socket
import threading
import uuid
from contextlib import suppress
from urllib.parse import quote

import psycopg
from django.db import connection
from psycopg import sql

CODING = """text NOT NULL DEFAULT 'Default_No_Compression'
  CHECK ("Coding" IN ('Default_No_Compression', 'Unicode_No_Compression', '8bit'))"""
STATES = """'SendingOK', 'SendingOKNoReport', 'SendingError', 'DeliveryOK', 'DeliveryFailed', 'DeliveryPending',
  'DeliveryUnknown', 'Error'"""
NOW = "timestamp(0) NOT NULL DEFAULT LOCALTIMESTAMP(0)"
# The columns of version 17 as Gammu's manual describes them.
SCHEMA = f"""
CREATE TABLE gammu ("Version" smallint PRIMARY KEY);
INSERT INTO gammu VALUES (17);
CREATE TABLE inbox (
  "UpdatedInDB" {NOW}, "ReceivingDateTime" {NOW}, "Text" text NOT NULL, "SenderNumber" varchar(20) NOT NULL DEFAULT '',
  "Coding" {CODING}, "UDH" text NOT NULL, "SMSCNumber" varchar(20) NOT NULL DEFAULT '', "Class" integer NOT NULL DEFAULT -1,
  "TextDecoded" text NOT NULL DEFAULT '', "ID" serial PRIMARY KEY, "RecipientID" text NOT NULL,
  "Processed" boolean NOT NULL DEFAULT false, "Status" integer NOT NULL DEFAULT -1
);
CREATE TABLE outbox (
  "UpdatedInDB" {NOW}, "InsertIntoDB" {NOW}, "SendingDateTime" timestamp NOT NULL DEFAULT LOCALTIMESTAMP(0),
  "SendBefore" time NOT NULL DEFAULT '23:59:59', "SendAfter" time NOT NULL DEFAULT '00:00:00', "Text" text,
  "DestinationNumber" varchar(20) NOT NULL DEFAULT '', "Coding" {CODING}, "UDH" text, "Class" integer DEFAULT -1,
  "TextDecoded" text NOT NULL DEFAULT '', "ID" serial PRIMARY KEY, "MultiPart" boolean NOT NULL DEFAULT false,
  "RelativeValidity" integer DEFAULT -1, "SenderID" varchar(255), "SendingTimeOut" {NOW},
  "DeliveryReport" varchar(10) DEFAULT 'default' CHECK ("DeliveryReport" IN ('default', 'yes', 'no')),
  "CreatorID" text NOT NULL, "Retries" integer DEFAULT 0, "Priority" integer DEFAULT 0,
  "Status" varchar(255) NOT NULL DEFAULT 'Reserved' CHECK ("Status" IN ({STATES}, 'Reserved')),
  "StatusCode" integer NOT NULL DEFAULT -1
);
CREATE TABLE outbox_multipart (
  "Text" text, "Coding" {CODING}, "UDH" text, "Class" integer DEFAULT -1, "TextDecoded" text, "ID" serial,
  "SequencePosition" integer NOT NULL DEFAULT 1, "StatusCode" integer NOT NULL DEFAULT -1,
  "Status" varchar(255) NOT NULL DEFAULT 'Reserved' CHECK ("Status" IN ({STATES}, 'Reserved')),
  PRIMARY KEY ("ID", "SequencePosition")
);
CREATE TABLE phones (
  "ID" text NOT NULL, "UpdatedInDB" {NOW}, "InsertIntoDB" {NOW}, "TimeOut" {NOW}, "Send" boolean NOT NULL DEFAULT false,
  "Receive" boolean NOT NULL DEFAULT false, "IMEI" varchar(35) PRIMARY KEY, "IMSI" varchar(35) NOT NULL,
  "NetCode" varchar(10) DEFAULT 'ERROR', "NetName" varchar(35) DEFAULT 'ERROR', "Client" text NOT NULL,
  "Battery" integer NOT NULL DEFAULT -1, "Signal" integer NOT NULL DEFAULT -1, "Sent" integer NOT NULL DEFAULT 0,
  "Received" integer NOT NULL DEFAULT 0
);
CREATE TABLE sentitems (
  "UpdatedInDB" {NOW}, "InsertIntoDB" {NOW}, "SendingDateTime" {NOW}, "DeliveryDateTime" timestamp(0), "Text" text NOT NULL,
  "DestinationNumber" varchar(20) NOT NULL DEFAULT '', "Coding" {CODING}, "UDH" text NOT NULL,
  "SMSCNumber" varchar(20) NOT NULL DEFAULT '', "Class" integer NOT NULL DEFAULT -1, "TextDecoded" text NOT NULL DEFAULT '',
  "ID" serial, "SenderID" varchar(255) NOT NULL, "SequencePosition" integer NOT NULL DEFAULT 1,
  "Status" varchar(255) NOT NULL DEFAULT 'SendingOK' CHECK ("Status" IN ({STATES})), "StatusError" integer NOT NULL DEFAULT -1,
  "TPMR" integer NOT NULL DEFAULT -1, "RelativeValidity" integer NOT NULL DEFAULT -1, "CreatorID" text NOT NULL,
  "StatusCode" integer NOT NULL DEFAULT -1, PRIMARY KEY ("ID", "SequencePosition")
);
"""


class Smsd:
    """The database; `sends` and `receives` do what the daemon does with its telephone."""

    def __init__(self) -> None:
        known = connection.settings_dict
        self.name = f"smsd_{uuid.uuid4().hex[:12]}"
        self.host, self.port = known["HOST"] or "", str(known["PORT"] or "")
        self.user, self.password = known["USER"] or "", known["PASSWORD"] or ""
        self._server(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(self.name)))
        self.line = psycopg.connect(self.url, autocommit=True)
        self.host, self.port = self.line.info.host, str(self.line.info.port)
        self.user = self.line.info.user
        self.line.execute(SCHEMA)

    @property
    def url(self) -> str:
        return self.at(self.host, self.port)

    def at(self, host: str, port: str) -> str:
        """Its address by way of this computer and port."""
        who = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@".replace(":@", "@") if self.user else ""
        return f"postgresql://{who}/{self.name}?host={quote(host, safe='')}" + (f"&port={port}" if port else "")

    def _server(self, statement) -> None:
        where = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        with psycopg.connect(dbname="postgres", autocommit=True, **{k: v for k, v in where.items() if v}) as line:
            line.execute(statement)

    def close(self) -> None:
        self.line.close()
        self._server(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def rows(self, statement: str, *values) -> list[tuple]:
        return self.line.execute(statement, values).fetchall()

    def sends(self, *states: str, error: int = -1) -> None:
        """All that waits goes out, its n-th part with the n-th state, the rest with the last."""
        for pk, to, text, udh, creator in self.rows(
            'DELETE FROM outbox RETURNING "ID", "DestinationNumber", "TextDecoded", coalesce("UDH", \'\'), "CreatorID"'
        ):
            parts = [(1, text, udh)] + self.rows(
                'DELETE FROM outbox_multipart WHERE "ID" = %s RETURNING "SequencePosition", "TextDecoded", "UDH"', pk
            )
            for position, words, head in sorted(parts):
                self.line.execute(
                    'INSERT INTO sentitems ("ID", "SequencePosition", "Text", "DestinationNumber", "UDH", "TextDecoded",'
                    ' "SenderID", "Status", "StatusError", "CreatorID")'
                    " VALUES (%s, %s, '', %s, %s, %s, 'modem1', %s, %s, %s)",
                    [pk, position, to, head, words, states[min(position, len(states)) - 1], error, creator],
                )

    def receives(self, text: str, *, number: str = "+6281234567890", udh: str = "", kind: int = -1, to: str = "modem1") -> int:
        return self.rows(
            'INSERT INTO inbox ("Text", "SenderNumber", "UDH", "TextDecoded", "RecipientID", "Class")'
            " VALUES ('', %s, %s, %s, %s, %s) RETURNING \"ID\"", number, udh, text, to, kind,
        )[0][0]


class BreakingLine:
    """Carries bytes between a client and the server, and drops both when `word` goes by: before it, or after it arrived."""

    def __init__(self, smsd: Smsd, word: bytes, *, is_carried: bool) -> None:
        self.smsd, self.word, self.is_carried = smsd, word, is_carried
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _server(self) -> socket.socket:
        if self.smsd.host.startswith("/"):
            line = socket.socket(socket.AF_UNIX)
            line.connect(f"{self.smsd.host}/.s.PGSQL.{self.smsd.port}")
            return line
        return socket.create_connection((self.smsd.host, int(self.smsd.port)))

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _from = self.listener.accept()
                server = self._server()
                threading.Thread(target=self._back, args=(server, client), daemon=True).start()
                self._forth(client, server)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self.word in data:
                    client.shutdown(socket.SHUT_RDWR)
                    if self.is_carried:
                        server.sendall(data)
                        server.settimeout(5)
                        with suppress(OSError):
                            server.recv(65536)
                    break
                server.sendall(data)
        for line in (client, server):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)

    def close(self) -> None:
        self.listener.close()
