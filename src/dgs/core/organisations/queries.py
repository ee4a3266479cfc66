"""Answers about offices: which office does what, who signs for it on a day; it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from dgs.core.organisations.models import Appointment, Office, Position
from dgs.kernel.errors import NotFound, RuleBroken

CAPACITY_PREFIX = {"definitive": "", "plt": "Plt. ", "plh": "Plh. "}


class NoSuchOffice(NotFound):
    """No active office, or more than one, does this in the region."""

    code = "no-such-office"
    sentence = _("This region has no single office of the kind “%(kind)s”.")


class NoSignatory(RuleBroken):
    """Nobody is appointed who may sign for the office on the day."""

    code = "no-signatory"
    sentence = _("%(office)s has nobody appointed who may sign on %(on)s. Ask the administrator for an appointment.")


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """Who signs: the account, the name and NIP as printed, the position's title, and definitive, plt or plh."""

    user: object
    name: str
    nip: str
    title: str
    capacity: str

    @property
    def full_title(self) -> str:
        """The title as it stands above a signature: "Plt. Kepala Dinas Perhubungan"."""
        return CAPACITY_PREFIX[self.capacity] + self.title


def offices() -> QuerySet[Office]:
    """The offices that are open, by name."""
    return Office.objects.filter(is_active=True).order_by("name")


def office_by_slug(slug: str) -> Office | None:
    """The open office of that slug, or None."""
    return Office.objects.filter(slug=slug.replace("\x00", ""), is_active=True).select_related("region").first()


def office_of_kind(kind: str) -> Office:
    """The one open office of the region that does this; refuses (NoSuchOffice) when there is none or more than one."""
    found = list(Office.objects.filter(kind=kind, is_active=True).select_related("region")[:2])
    if len(found) != 1:
        raise NoSuchOffice(kind=kind)
    return found[0]


def signatory_of(office: Office, on: date) -> Signatory:
    """Who signs for the office on a day; one query; refuses with NoSignatory.

    A Plh takes the place of the holder on its own days only; else the definitive holder signs, else the Plt
    (kinds of mandate in UU 30/2014, article 14). Accounts that are closed do not sign.
    """
    held = _in_force(on).filter(position__office=office).select_related("position").first()
    if held is None:
        raise NoSignatory(office=office.name, on=on.strftime("%d-%m-%Y"))
    return Signatory(
        user=held.user, name=held.user.name, nip=held.user.nip, title=held.position.title, capacity=held.capacity
    )


def _in_force(on: date) -> QuerySet[Appointment]:
    """Appointments of signatories on a day, whoever goes before first."""
    rank = Case(
        When(capacity="plh", then=Value(0)),
        When(capacity="definitive", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        Appointment.objects.filter(position__is_signatory=True, user__is_active=True)
        .filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)
        .select_related("user")
        .order_by(rank, "-valid_from", "-id")
    )


def office_tree() -> dict[int, set[int]]:
    """Of every office, closed ones too, itself and all below it; one query."""
    above = dict(Office.objects.values_list("pk", "parent_id"))
    below: dict[int, set[int]] = {pk: set() for pk in above}
    for pk in above:
        at: int | None = pk
        while at is not None and pk not in below[at]:
            below[at].add(pk)
            at = above[at]
    return below


def top_offices() -> tuple[list[Office], list[Office]]:
    """The open offices above all others, and those directly below them."""
    known = list(offices())
    roots = [one for one in known if one.parent_id is None]
    first = {one.pk for one in roots}
    return roots, [one for one in known if one.parent_id in first]


def signatory_positions(offices: set[int] | None, on: date, text: str = "") -> list[Position]:
    """The signatory positions of these open offices (None = all); two queries.

    Each has `holder`: the appointment that signs on the day, or None.
    """
    found = Position.objects.filter(is_signatory=True, office__is_active=True).select_related("office")
    if offices is not None:
        found = found.filter(office__in=offices)
    if text:
        found = found.filter(
            Q(title__icontains=text) | Q(office__name__icontains=text) | Q(office__short_name__icontains=text)
        )
    rows = list(found.order_by("office__name", "pk"))
    holders: dict[int, Appointment] = {}
    for held in _in_force(on).filter(position__in=[row.pk for row in rows]):
        holders.setdefault(held.position_id, held)
    for row in rows:
        row.holder = holders.get(row.pk)
    return rows


def offices_below(office: Office) -> set[int]:
    """The ids of the office and of every office below it in the tree; one query."""
    rows = Office.objects.raw(
        """
        WITH RECURSIVE tree(id) AS (
            SELECT %s::bigint
            UNION SELECT o.id FROM organisations_office o JOIN tree ON o.parent_id = tree.id
        )
        SELECT id FROM tree
        """,
        [office.pk],
    )
    return {row.id for row in rows}
