"""Reading partners, their keys and the calls that came and went, for the staff's pages; never writes."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dgs.core.banking.models import Message, Partner, PartnerKey
from dgs.core.banking.response_codes import SERVICES, meaning


def partners_with_use(since: datetime) -> list[Partner]:
    """Every partner by name, with `calls` and `refused` since a moment and `last_at`; one query beside the partners' own."""
    partners = list(Partner.objects.select_related("account").order_by("-is_active", "name"))
    rows = (
        Message.objects.filter(at__gte=since, partner__in=partners).values("partner")
        .annotate(calls=Count("pk"), refused=Count("pk", filter=Q(http_status__gte=300)), last_at=Max("at")).order_by()
    )
    use = {row["partner"]: row for row in rows}
    for partner in partners:
        found = use.get(partner.pk, {})
        partner.calls, partner.refused = found.get("calls", 0), found.get("refused", 0)
        partner.last_at = found.get("last_at")
    return partners


def partner_by_code(code: str) -> Partner | None:
    """The partner of a short name, or None."""
    return Partner.objects.select_related("account").filter(code=code).first()


def keys_of(partner: Partner, now: datetime) -> list[PartnerKey]:
    """The keys of a partner, newest first, each with `is_valid`; what they are is never read."""
    keys = list(partner.keys.defer("value").select_related("made_by").order_by("kind", "-valid_from", "-pk")[:50])
    for key in keys:
        key.is_valid = key.valid_from <= now and (key.valid_until is None or key.valid_until > now)
    return keys


def messages(*, partner: str = "", only: str = "", code: str = "") -> QuerySet[Message]:
    """Calls without what was said in them: of a partner by its short name ("-" = of nobody known), refused or out, by code."""
    found = Message.objects.defer("body", "answer").select_related("partner")
    if partner:
        found = found.filter(partner=None) if partner == "-" else found.filter(partner__code=partner)
    if only == "refused":
        found = found.filter(http_status__gte=300)
    elif only == "out":
        found = found.filter(direction=Message.Direction.OUT)
    if code:
        found = found.filter(response_code=code)
    return found


# What this room writes down of a call by itself; anything else is the standard's own message, in its words.
REMARKS = {
    "the first result again": _("the first result again"),
    "another content under the same paymentRequestId": _("another content under the same paymentRequestId"),
    "said again": _("said again"),
    "advice": _("a reminder of the bank (advice)"),
}


def named(message: Message) -> Message:
    """The message with `service_name` and the `meaning` of its code in the standard's words, and with `remark`.

    The remark is in the reader's language as far as we made it.
    """
    message.meaning = meaning(message.response_code)
    message.service_name = SERVICES.get(message.service, message.service)
    message.remark = REMARKS.get(message.note, message.note)
    return message
