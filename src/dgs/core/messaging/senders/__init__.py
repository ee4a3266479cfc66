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
# Invented, so that the pages of costs show what they are for.
DEMO_PRICES = {"": 350, "telkomsel": 300, "indosat": 320}


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
    """Make the rows that must be there and are not: what the environment names, and in the demo one for each channel that nobody
    else carries. The account needs nobody to carry messages there, and browsers name their services themselves."""
    known = dict(Sender.objects.values_list("name", "channel"))
    wanted = {name: KINDS[kind] for name, kind in FROM_SETTINGS.items() if _is_named(name)} | {"account": Inbox, "notices": Push}
    rows = [_row(name, kind, kind.channel) for name, kind in wanted.items() if name not in known]
    if settings.DEMO:
        carried = {*known.values(), *(row.channel for row in rows)}
        rows += [_row(f"demo-{channel}", Handset, channel) for channel in Message.Channel.values if channel not in carried]
        for row in rows:
            if row.channel == Message.Channel.SMS:
                row.prices = DEMO_PRICES
    if rows:
        Sender.objects.bulk_create(rows, ignore_conflicts=True)


def _row(name: str, kind: type[Kind], channel: str) -> Sender:
    return Sender(name=name, title=str(kind.title), channel=channel, kind=kind.code, created_at=timezone.now())


def _is_named(name: str) -> bool:
    """Whether the environment names this sender now."""
    return bool({"settings-sms": settings.DGS_SMS_URL, "settings-email": settings.EMAIL_HOST}.get(name, True))


def in_use() -> list[Sender]:
    """The senders that work now; one that the environment names no more does not."""
    return [
        sender for sender in Sender.objects.order_by("pk")
        if sender.kind in KINDS and _is_named(sender.name) and not (sender.kind == Handset.code and not settings.DEMO)
    ]
