"""What one person may do today and on whose rows, read in one query; it changes nothing and asks nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F, Q
from django.db.models.lookups import In
from django.utils import timezone

from dgs.core.access.models import Role
from dgs.core.organisations import api as organisations
from dgs.core.regions import api as regions
from dgs.kernel.statements import Statement

CITIZEN = "citizen"
NARROW = 2000  # regions: more than any regency has

HELD = Statement("""
WITH RECURSIVE mine AS (
    SELECT g.id, g.role_id, g.office_id, g.region_id
    FROM access_grant g
    WHERE g.user_id = %(user)s AND g.ended_at IS NULL AND NOT g.waits
      AND g.valid_from <= %(today)s AND (g.valid_to IS NULL OR g.valid_to >= %(today)s)
), below(grant_id, office_id) AS (
    SELECT id, office_id FROM mine WHERE office_id IS NOT NULL
    UNION
    SELECT b.grant_id, o.id FROM below b JOIN organisations_office o ON o.parent_id = b.office_id
)
SELECT m.id, r.code, r.is_staff, r.asks_second_step, r.permissions, m.office_id, n.code,
       ARRAY(SELECT b.office_id FROM below b WHERE b.grant_id = m.id),
       ARRAY(SELECT o.id FROM organisations_office o WHERE o.is_active)
FROM mine m
JOIN access_role r ON r.code = m.role_id
LEFT JOIN regions_region n ON n.id = m.region_id
ORDER BY m.id
""")


@dataclass(frozen=True, kw_only=True)
class Held:
    """A grant in force: `offices` holds the granted office and all below it, None = every office.

    `open_offices` are all that are open, whoever they are granted to.
    """

    grant_id: int
    role: str
    is_staff: bool
    asks_second_step: bool
    permissions: frozenset[str]
    office_id: int | None
    region_code: str | None
    offices: frozenset[int] | None
    open_offices: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Rows that grants open together: those of `offices` (None = every) that lie in `region` or below (None = every)."""

    offices: frozenset[int] | None
    region: str | None

    @property
    def is_all(self) -> bool:
        """Whether it opens every row."""
        return self.offices is None and self.region is None

    def takes_office(self, *office_ids: int | None) -> bool:
        """Whether one of the offices of a row lies in it."""
        return self.offices is None or any(office_id in self.offices for office_id in office_ids)

    def takes_region(self, code: str | None) -> bool:
        """Whether the region of a row lies in it; a row without a region lies in no region."""
        return self.region is None or (code is not None and covers(self.region, code))


class Access:
    """What one person may do today; asks the database once, on first use.

    Offices are office ids; None instead of a set means every office. Everybody who has signed in is a citizen too,
    without a grant; the role citizen carries no permission: a citizen's own rows are theirs by being theirs.
    """

    def __init__(self, user) -> None:
        self.user = user

    @cached_property
    def grants(self) -> list[Held]:
        """The grants in force today."""
        if not self.user.is_authenticated or not self.user.is_active:
            return []
        rows = HELD.all({"user": self.user.pk, "today": timezone.localdate()})
        return [
            Held(grant_id=pk, role=role, is_staff=staff, asks_second_step=asks, permissions=frozenset(permissions),
                 office_id=office, region_code=region, offices=None if office is None else frozenset(offices),
                 open_offices=tuple(open_))
            for pk, role, staff, asks, permissions, office, region, offices, open_ in rows
        ]

    def allows(self, permission: str, office_id: int | None = None) -> bool:
        """Whether any grant gives the permission (for the office, when one is named)."""
        offices = self.offices(permission)
        return offices is None or (bool(offices) if office_id is None else office_id in offices)

    def allows_at(self, permission: str, *, office_id: int | None, region_code: str | None) -> bool:
        """Whether one single grant gives the permission for this office and this region; None asks for all of them."""
        return any(
            (held.offices is None or (office_id is not None and office_id in held.offices))
            and (held.region_code is None or (region_code is not None and covers(held.region_code, region_code)))
            for held in self.grants
            if permission in held.permissions
        )

    def offices(self, permission: str) -> set[int] | None:
        """The offices for which the permission is granted, those below included; None = all, empty = none."""
        return self._reach(lambda held: permission in held.permissions)

    def offices_everywhere(self, permission: str) -> set[int] | None:
        """The offices for which the permission is granted in every region; for rows that carry no region, such as money.

        None = all, also when the grants together name every open office: then what belongs to no office is theirs too.
        """
        found = self._reach(lambda held: permission in held.permissions and held.region_code is None)
        return None if found and found.issuperset(self.grants[0].open_offices) else found

    def offices_as(self, role: str) -> set[int] | None:
        """The offices in which the person holds a role, those below included; None = all, empty = none."""
        return self._reach(lambda held: held.role == role)

    def where(self, permission: str, *offices: str, region: str | None = None) -> Q:
        """The condition on the rows that the permission opens, by the columns of their offices and of their region.

        Rows that carry no region (`region` None), such as money, are opened by grants for the whole region only.
        """
        if region is None:
            everywhere = self.offices_everywhere(permission)
            reaches = [Reach(offices=None if everywhere is None else frozenset(everywhere), region=None)]
        else:
            reaches = self.reaches(permission)
        return as_q(reaches, *offices, region=region or "")

    def reaches(self, permission: str) -> list[Reach]:
        """Where the permission is granted, office and region together; a row in any of them is reached. Empty = none."""
        return self._reaches(lambda held: permission in held.permissions)

    def reaches_as(self, role: str) -> list[Reach]:
        """Where the person holds a role, office and region together; a row in any of them is reached. Empty = none."""
        return self._reaches(lambda held: held.role == role)

    @cached_property
    def roles(self) -> set[str]:
        """The codes of the roles held anywhere; citizen for everybody who has signed in."""
        if not self.user.is_authenticated or not self.user.is_active:
            return set()
        return {CITIZEN} | {held.role for held in self.grants}

    @property
    def is_staff(self) -> bool:
        """Whether any role held is one of staff."""
        return any(held.is_staff for held in self.grants)

    def office_choices(self, permission: str, *, in_parts: bool = False) -> list[tuple[str, str]]:
        """The open offices (slug, name) for which the permission is granted in every region, by name; one further query.

        With `in_parts` those too for which it is granted in a part of the region only.
        """
        found, reach = organisations.offices(), self.offices(permission) if in_parts else self.offices_everywhere(permission)
        if reach is not None:
            found = found.filter(pk__in=reach)
        return [(office.slug, office.name) for office in found]

    def role_choices(self) -> list[tuple[str, str]]:
        """The roles (code, title) that can be given to staff; one further query."""
        return [(role.code, role.label) for role in Role.objects.filter(is_staff=True, is_closed=False)]

    def _reaches(self, wanted) -> list[Reach]:
        by_region: dict[str | None, frozenset[int] | None] = {}
        for held in self.grants:
            if wanted(held):
                before = by_region.get(held.region_code, frozenset())
                by_region[held.region_code] = None if None in (before, held.offices) else before | held.offices
        found = [Reach(offices=offices, region=region) for region, offices in by_region.items()]
        return [reach for reach in found if reach.is_all] or found

    def _reach(self, wanted) -> set[int] | None:
        found: set[int] = set()
        for held in self.grants:
            if wanted(held):
                if held.offices is None:
                    return None
                found |= held.offices
        return found


def _together(reaches: Iterable[Reach]) -> Iterable[tuple[frozenset[int] | None, set[int] | None]]:
    """The reaches as (ids of offices, ids of their regions and of all below), each offices once; None = every.

    Ids, for a join by the code would have every village looked up in turn; together, so that forty grants for villages cost no
    more than one.
    """
    found: dict[frozenset[int] | None, set[int] | None] = {}
    for reach in reaches:
        before = found.get(reach.offices, set())
        ids = None if reach.region is None or before is None else before | set(regions.ids_within(reach.region))
        found[reach.offices] = ids
    return found.items()


def _is_narrow(ids_of_regions: set[int] | None) -> bool:
    """Whether the regions leave so little that rows are looked up by them first, and the office is compared afterwards.

    PostgreSQL would begin at the office: in an index of open rows alone it expects some hundreds of them where there are tens of
    thousands, whatever statistics it has. An office with something added is no column of an index.
    """
    return ids_of_regions is not None and len(ids_of_regions) <= NARROW


def as_q(reaches: Iterable[Reach], *offices: str, region: str = "region") -> Q:
    """The condition that a row lies in one of the reaches, by one of its columns of an office and that of its region."""
    rule = Q(pk__in=[])
    for ids_of_offices, ids_of_regions in _together(reaches):
        one = Q()
        if ids_of_offices is not None:
            for column in offices:
                ids = sorted(ids_of_offices)
                one |= Q(In(F(column) + 0, ids)) if _is_narrow(ids_of_regions) else Q(**{f"{column}__in": ids})
        if ids_of_regions is not None:
            one &= Q(**{f"{region}__in": sorted(ids_of_regions)})
        if not one:
            return Q()
        rule |= one
    return rule


def as_sql(reaches: Iterable[Reach], *offices: str, region: str = "region_id") -> tuple[str, list]:
    """The same as `as_q`, as SQL with its values; `offices` and `region` are columns of ids, our own words."""
    either, values = [], []
    for ids_of_offices, ids_of_regions in _together(reaches):
        both = []
        if ids_of_offices is not None:
            plus = " + 0" if _is_narrow(ids_of_regions) else ""
            both.append("(" + " OR ".join(f"{column}{plus} = ANY(%s)" for column in offices) + ")")
            values += [sorted(ids_of_offices)] * len(offices)
        if ids_of_regions is not None:
            both.append(f"{region} = ANY(%s)")
            values.append(sorted(ids_of_regions))
        either.append("(" + (" AND ".join(both) or "TRUE") + ")")
    return "(" + (" OR ".join(either) or "FALSE") + ")", values


def covers(above: str, code: str) -> bool:
    """Whether the region `code` is `above` or lies in it (dotted Kemendagri codes)."""
    return code == above or code.startswith(above + ".")
