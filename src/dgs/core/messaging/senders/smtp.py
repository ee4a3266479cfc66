"""E-mail by SMTP; what comes back as undeliverable is read elsewhere (actions/bounces.py)."""

from __future__ import annotations

import smtplib
import time
from contextlib import suppress
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.addresses import normalise_email
from dgs.core.messaging.marks import mark_of
from dgs.core.messaging.models import Message
from dgs.core.messaging.senders.talking import SECONDS, Ended, Outcome, Parameter, Talker
from dgs.kernel.outgoing import in_time

# A name has 64 characters (RFC 5321), of which a mark takes up to 45.
LONGEST_NAME = 19
# Seconds that a whole letter may take.
WHOLE = 60


class _Watched(smtplib.SMTP):
    """Remembers that the text of a message went over the line, after which only the server knows what became of it.

    All answers together come within a time: one that came drop by drop would never be over.
    """

    text_went = False

    def __init__(self, *args, **kwargs):
        self.until = time.monotonic() + WHOLE
        super().__init__(*args, **kwargs)

    def getreply(self):
        if self.file is None and self.sock is not None:
            self.file = in_time(self.sock.makefile("rb"), until=self.until)
        return super().getreply()

    def data(self, msg):
        self.text_went = True
        return super().data(msg)


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same on a connection that is encrypted from the start."""


class _Backend(EmailBackend):
    @property
    def connection_class(self):
        return _WatchedTls if self.use_ssl else _Watched


class Smtp(Talker):
    """E-mail by SMTP. The Message-ID follows from the message, so that mail servers can drop a double."""

    code, title, channel = "smtp", _("Mail server (SMTP)"), "email"
    parameters = (
        Parameter("host", _("Computer"), "127.0.0.1", is_needed=True),
        Parameter("port", _("Port"), "25", is_needed=True),
        Parameter("username", _("Account")),
        Parameter("password", _("Password"), is_secret=True),
        Parameter(
            "tls", _("Encryption"),
            choices=(("", _("none")), ("starttls", _("STARTTLS (usually port 587)")), ("tls", _("TLS from the start (465)"))),
        ),
        Parameter("from", _("Sender's address")),
        Parameter(
            "bounces", _("Address for what comes back"),
            help=_("of the mail drop, on a server that takes name+anything@…; empty: the sender's address"),
        ),
    )

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """A port that is none, an address that is none."""
        found = []
        port = known["port"]
        if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
            found.append(_("The port is a number from 1 to 65535."))
        if known["from"] and not _is_address(known["from"]):
            found.append(_("The sender's address is no e-mail address."))
        name, _at, _domain = known["bounces"].partition("@")
        if known["bounces"] and (not _is_address(known["bounces"]) or "<" in known["bounces"] or len(name) > LONGEST_NAME):
            found.append(_("The address for what comes back is no e-mail address, or too long."))
        return found

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """Answers by the server's reply; what breaks off after the text was sent is unsure."""
        backend = _Backend(
            host=self.known["host"], port=int(self.known["port"]), username=self.known["username"],
            password=self.known["password"], use_tls=self.known["tls"] == "starttls", use_ssl=self.known["tls"] == "tls",
            timeout=SECONDS,
        )
        try:
            backend.open()
        except (OSError, smtplib.SMTPException) as error:
            return Ended(Outcome.LATER, type(error).__name__)
        connection = backend.connection
        try:
            backend.send_messages([self.letter(message, attempt_id)])
            return Ended(Outcome.HANDED)
        except smtplib.SMTPRecipientsRefused as error:
            return _by_code(max((code for code, _text in error.recipients.values()), default=550))
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            went = getattr(connection, "text_went", True)
            return Ended(Outcome.UNSURE if went else Outcome.LATER, type(error).__name__)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                backend.close()

    def letter(self, message: Message, attempt_id: int) -> EmailMessage:
        """The e-mail as it goes out; its return path names the attempt (VERP), its Message-ID the message."""
        sender = self.known["from"] or settings.DEFAULT_FROM_EMAIL
        domain = sender.rpartition("@")[2].strip(" >") or "dgs.invalid"
        back, at, back_domain = self.known["bounces"].partition("@")
        return EmailMessage(
            subject=message.subject, body=message.body, to=[message.to],
            from_email=f"{back}+{mark_of('a', attempt_id)}@{back_domain}" if at else sender,
            headers={
                "From": sender,
                "Message-ID": f"<{mark_of('m', message.pk)}@{domain}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
        )


def _is_address(text: str) -> bool:
    """Whether a text such as `DGS <a@b.id>` names one e-mail address."""
    try:
        return bool(normalise_email(parseaddr(text)[1])) and text.isprintable()
    except ValueError:
        return False


def _by_code(code: int) -> Ended:
    return Ended(Outcome.LATER if 400 <= code < 500 else Outcome.REFUSED, f"SMTP {code}")
