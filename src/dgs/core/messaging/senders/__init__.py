"""Programs that talk to providers, one a file, and which of them a sender's row stands for."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from dgs.core.messaging.models import Message, Sender
from dgs.core.messaging.senders.aggregator import Aggregator
from dgs.core.messaging.senders.gammu import Gammu
from dgs.core.messaging.senders.handset import Handset
from dgs.core.messaging.senders.inbox import Inbox
from dgs.core.messaging.senders.kannel import Kannel
from dgs.core.messaging.senders.push import Push
from dgs.core.messaging.senders.smtp import Smtp
from dgs.core.messaging.senders.talking import Kind
from dgs.core.messaging.senders.whatsapp import Whatsapp

KINDS: dict[str, type[Kind]] = {kind.code: kind for kind in (Kannel, Gammu, Aggregator, Smtp, Whatsapp, Push, Inbox, Handset)}
# The senders that the environment names; their parameters stay there.
FROM_SETTINGS = {"settings-sms": "kannel", "settings-email": "smtp"}


def program_of(sender: Sender) -> Kind:
    """The program that talks to this sender's provider, with its parameters."""
    return KINDS[sender.kind](sender.name, parameters_of(sender))


def parameters_of(sender: Sender) -> dict[str, str]:
    """A sender's parameters: from its row, or from the environment."""
    if sender.name == "settings-sms":
        return {
            "url": settings.DGS_SMS_URL, "username": settings.DGS_SMS_USER, "password": settings.DGS_SMS_PASSWORD,
            "from": settings.DGS_SMS_FROM,
        }
    if sender.name == "settings-email":
        return {
            "host": settings.EMAIL_HOST, "port": str(settings.EMAIL_PORT), "username": settings.EMAIL_HOST_USER,
            "password": settings.EMAIL_HOST_PASSWORD, "tls": "starttls" if settings.EMAIL_USE_TLS else "",
        }
    return sender.parameters


def ensure_senders() -> None:
    """Make the rows of what the environment names, and in the demo one for each channel that nobody else carries."""
    named = [name for name, set_up in (("settings-sms", settings.DGS_SMS_URL), ("settings-email", settings.EMAIL_HOST)) if set_up]
    rows = [
        Sender(name=name, title=str(KINDS[FROM_SETTINGS[name]].title), channel=KINDS[FROM_SETTINGS[name]].channel,
               kind=FROM_SETTINGS[name], created_at=timezone.now())
        for name in named
    ]
    # The account needs nobody to carry messages there, and browsers name their services themselves: both are there always.
    rows += [
        Sender(name=name, title=str(kind.title), channel=kind.channel, kind=kind.code, created_at=timezone.now())
        for name, kind in (("account", Inbox), ("notices", Push))
    ]
    Sender.objects.bulk_create(rows, ignore_conflicts=True)
    if settings.DEMO:
        carried = set(Sender.objects.values_list("channel", flat=True))
        Sender.objects.bulk_create(
            [
                Sender(name=f"demo-{channel}", title=str(Handset.title), channel=channel, kind=Handset.code,
                       created_at=timezone.now())
                for channel in Message.Channel.values if channel not in carried
            ],
            ignore_conflicts=True,
        )


def in_use() -> list[Sender]:
    """The senders that work now; one that the environment names no more does not."""
    return [
        sender for sender in Sender.objects.order_by("pk")
        if sender.kind in KINDS
        and not (sender.name == "settings-sms" and not settings.DGS_SMS_URL)
        and not (sender.name == "settings-email" and not settings.EMAIL_HOST)
        and not (sender.kind == "handset" and not settings.DEMO)
    ]
