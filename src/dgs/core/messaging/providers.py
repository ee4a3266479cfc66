"""Those who carry messages out: SMTP, an SMS gateway over HTTP, and the demo's outbox; no state is kept here."""

from __future__ import annotations

import hashlib
import http.client
import re
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from dgs.core.messaging.models import Attempt, Message
from dgs.core.messaging.segments import segments
from dgs.kernel.outgoing import StayHere

Outcome = Attempt.Outcome
LONG_NUMBER = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Answer:
    """How a hand-over ended; `detail` is what the provider said, without personal data."""

    outcome: str
    detail: str = ""


class Provider(Protocol):
    """Takes one message. It answers "later" only when it is certain that the message was not taken."""

    name: str

    def hand(self, message: Message) -> Answer:
        """Hand the message over, waiting at most half a minute."""


def provider_for(channel: str) -> Provider | None:
    """Who carries a channel under the present settings; None when nobody is set up."""
    if channel == "email" and settings.EMAIL_HOST:
        return Smtp()
    if channel == "sms" and settings.DGS_SMS_URL:
        return SmsGateway()
    return Outbox() if settings.DEMO else None


class Outbox:
    """The demo's provider: the outbox page is the telephone and the mailbox, so a message in it has arrived."""

    name = "outbox"

    def hand(self, message: Message) -> Answer:
        """Nothing leaves the database."""
        return Answer(Outcome.HANDED)


class _Watched(smtplib.SMTP):
    """Remembers that the text of a message went over the line, after which only the server knows what became of it."""

    text_went = False

    def data(self, msg):
        self.text_went = True
        return super().data(msg)


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same on a connection that is encrypted from the start."""


class _Backend(EmailBackend):
    @property
    def connection_class(self):
        return _WatchedTls if self.use_ssl else _Watched


class Smtp:
    """E-mail by SMTP. The Message-ID follows from the message's key, so that mail servers can drop a double."""

    name = "smtp"

    def hand(self, message: Message) -> Answer:
        """Answers by the server's reply; what breaks off after the text was sent is unsure."""
        backend = _Backend(timeout=settings.EMAIL_TIMEOUT)
        try:
            backend.open()
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Outcome.LATER, type(error).__name__)
        connection = backend.connection
        try:
            backend.send_messages([self.letter(message)])
            return Answer(Outcome.HANDED)
        except smtplib.SMTPRecipientsRefused as error:
            return _by_code(max((code for code, _text in error.recipients.values()), default=550))
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            went = getattr(connection, "text_went", True)
            return Answer(Outcome.UNSURE if went else Outcome.LATER, type(error).__name__)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                backend.close()

    @staticmethod
    def letter(message: Message) -> EmailMessage:
        """The e-mail as it goes out."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "dgs.invalid"
        name = hashlib.sha256(message.key.encode()).hexdigest()[:40]
        return EmailMessage(
            subject=message.subject, body=message.body, from_email=settings.DEFAULT_FROM_EMAIL, to=[message.to],
            headers={
                "Message-ID": f"<{name}@{domain}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
        )


def _by_code(code: int) -> Answer:
    return Answer(Outcome.LATER if 400 <= code < 500 else Outcome.REFUSED, f"SMTP {code}")


class SmsGateway:
    """SMS through a gateway with Kannel's `sendsms` interface (Kannel user guide, "SMS-push")."""

    name = "sms-gateway"
    seconds = 20

    def hand(self, message: Message) -> Answer:
        """A connection that never stood, 5xx, 408, 429 and wrong credentials are tried again; other 4xx are final."""
        plain = segments(message.body).encoding == "GSM-7"
        query = urlencode(
            {
                "username": settings.DGS_SMS_USER, "password": settings.DGS_SMS_PASSWORD,
                "from": settings.DGS_SMS_FROM, "to": message.to, "text": message.body,
                "coding": 0 if plain else 2, "charset": "UTF-8",
            }
        )
        request = Request(f"{settings.DGS_SMS_URL}?{query}", headers={"User-Agent": "DGS"})  # noqa: S310
        if request.type not in {"http", "https"}:
            return Answer(Outcome.LATER, "DGS_SMS_URL is not an address of the web")
        try:
            with build_opener(StayHere).open(request, timeout=self.seconds) as reply:
                text = reply.read(200).decode("utf-8", "replace")
                return Answer(Outcome.HANDED, f"HTTP {reply.status} {LONG_NUMBER.sub('…', text)}".strip())
        except HTTPError as error:
            error.close()
            again = error.code >= 500 or error.code in {401, 403, 408, 429} or error.code < 400
            return Answer(Outcome.LATER if again else Outcome.REFUSED, f"HTTP {error.code}")
        except URLError as error:
            return Answer(Outcome.LATER, type(error.reason).__name__)
        except (OSError, http.client.HTTPException) as error:
            return Answer(Outcome.UNSURE, type(error).__name__)
