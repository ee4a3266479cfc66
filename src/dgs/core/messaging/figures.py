"""Figures of messages: how senders do, how many went and arrived, what they cost by office, operator and month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Substr, TruncDay, TruncHour, TruncMonth
from django.utils import timezone

from dgs.core.messaging.models import Message, OfficeCap, Sender, SenderMinute, Usage
from dgs.core.messaging.operators import BY_PREFIX, TITLES

# What a provider took, as far as it is known.
GONE = ("handed", "delivered", "expired")


@dataclass
class Health:
    """How a sender did in the last hour, and in each of the last 24."""

    handed: int = 0
    refused: int = 0
    troubled: int = 0
    milliseconds: int = 0
    hours: list[int] = field(default_factory=list)
    troubles: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many tries there were."""
        return self.handed + self.refused + self.troubled

    @property
    def success(self) -> int | None:
        """Handed over of all tries, in per cent; None without any."""
        return round(100 * self.handed / self.total) if self.total else None

    @property
    def mean(self) -> int | None:
        """How long a try took, in milliseconds."""
        return round(self.milliseconds / self.total) if self.total else None


def health(*, now: datetime) -> dict[int, Health]:
    """How each sender did, by its id; two queries."""
    found: dict[int, Health] = defaultdict(lambda: Health(hours=[0] * 24, troubles=[0] * 24))
    sums = {name: Sum(name) for name in ("handed", "refused", "troubled", "milliseconds")}
    last_hour = SenderMinute.objects.filter(minute__gt=now - timedelta(hours=1), minute__lte=now)
    for row in last_hour.order_by().values("sender").annotate(**sums):
        one = found[row["sender"]]
        one.handed, one.refused, one.troubled, one.milliseconds = (row[name] for name in sums)
    begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    hours = SenderMinute.objects.filter(minute__gte=begin, minute__lte=now).order_by()
    for row in hours.annotate(hour=TruncHour("minute")).values("sender", "hour").annotate(
        went=Sum("handed"), errors=Sum(F("refused") + F("troubled"))
    ):
        place = int((row["hour"] - begin) / timedelta(hours=1))
        if 0 <= place < 24:
            found[row["sender"]].hours[place], found[row["sender"]].troubles[place] = row["went"], row["errors"]
    return dict(found)


def traffic(messages: QuerySet[Message], *, now: datetime, by_hour: bool) -> dict:
    """Messages of the last 48 hours or 30 days: for each how many arrived, went, wait and were lost; and how many by channel."""
    step, cut = (timedelta(hours=1), TruncHour) if by_hour else (timedelta(days=1), TruncDay)
    local = timezone.localtime(now)
    end = local.replace(minute=0, second=0, microsecond=0, **({} if by_hour else {"hour": 0}))
    times = [end - step * n for n in range(47 if by_hour else 29, -1, -1)]
    places = {at.strftime("%d%H" if by_hour else "%m%d"): place for place, at in enumerate(times)}
    series = {name: [0] * len(times) for name in ("delivered", "handed", "lost", "waiting")}
    channels: dict[str, int] = defaultdict(int)
    rows = messages.filter(created_at__gte=times[0]).order_by().annotate(at=cut("created_at"))
    for row in rows.values("at", "state", "channel").annotate(count=Count("pk")):
        place = places.get(timezone.localtime(row["at"]).strftime("%d%H" if by_hour else "%m%d"))
        state = row["state"]
        name = state if state in series else "lost" if state in Message.LOST else "waiting"
        channels[row["channel"]] += row["count"]
        if place is not None and state != Message.State.STOPPED:
            series[name][place] += row["count"]
    return {"times": times, "series": series, "channels": dict(channels)}


@dataclass(frozen=True)
class Arrival:
    """How many SMS to an operator were taken, and what is known of them."""

    operator: str
    taken: int
    delivered: int
    lost: int

    @property
    def title(self) -> str:
        """Its name; empty for numbers of no known operator."""
        return TITLES.get(self.operator, "")

    @property
    def is_told(self) -> bool:
        """Whether any receipt came: a provider that sends none says nothing about what arrived."""
        return bool(self.delivered or self.lost)

    @property
    def rate(self) -> int | None:
        """Delivered of those taken, in per cent."""
        return round(100 * self.delivered / self.taken) if self.taken else None


def arrivals(messages: QuerySet[Message], *, now: datetime, days: int = 30) -> list[Arrival]:
    """By operator: SMS of the last days that a provider took, those that receipts say arrived, and those that did not."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    rows = messages.filter(created_at__gt=now - timedelta(days=days), channel="sms", state__in=[*GONE, "failed"])
    rows = rows.exclude(reason__in=["address", "unconfigured", "gave-up", "refused"])
    for row in rows.order_by().annotate(prefix=Substr("to", 3, 3)).values("prefix").annotate(
        all=Count("pk"), arrived=Count("pk", filter=Q(state="delivered")),
        lost=Count("pk", filter=Q(state__in=["expired", "failed"])),
    ):
        one = found[BY_PREFIX.get(row["prefix"], "")]
        one[0], one[1], one[2] = one[0] + row["all"], one[1] + row["arrived"], one[2] + row["lost"]
    return [Arrival(operator, *counts) for operator, counts in sorted(found.items(), key=lambda item: -item[1][0])]


def usage(offices: set[str] | None) -> QuerySet[Usage]:
    """What was handed over, of these offices (None: of all, and of none)."""
    return Usage.objects.all() if offices is None else Usage.objects.filter(office__in=offices)


def months(rows: QuerySet[Usage]) -> list[date]:
    """The months in which something was handed over, the newest first."""
    found = rows.order_by().annotate(month=TruncMonth("day")).values_list("month", flat=True)
    return list(found.distinct().order_by("-month")[:36])


def costs(rows: QuerySet[Usage], month: date) -> list[dict]:
    """Messages, parts and rupiah of a month by office, channel and operator; the dearest office first."""
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    found = list(
        rows.filter(day__gte=month, day__lt=after).order_by().values("office", "sender__channel", "operator")
        .annotate(count=Sum("messages"), parts_=Sum("parts"), rupiah=Sum("cost"))
    )
    by_office: dict[str, Decimal] = defaultdict(Decimal)
    for row in found:
        by_office[row["office"]] += row["rupiah"]
    return sorted(found, key=lambda row: (-by_office[row["office"]], row["office"], -row["rupiah"], row["operator"]))


def caps(*, now: datetime) -> list[OfficeCap]:
    """The daily caps, each with `used`: what went today, as the pump counts it."""
    found = list(OfficeCap.objects.order_by("office", "channel"))
    today = Usage.objects.filter(day=timezone.localdate(now)).order_by().values("office", "sender__channel")
    used = {(row["office"], row["sender__channel"]): row["count"] for row in today.annotate(count=Sum("messages"))}
    for cap in found:
        cap.used = used.get((cap.office, cap.channel), 0)
        cap.percent = min(100, round(100 * cap.used / cap.per_day)) if cap.per_day else 100
    return found


def senders() -> list[Sender]:
    """All senders, those of one channel together."""
    return list(Sender.objects.order_by("channel", "-is_on", "title"))
