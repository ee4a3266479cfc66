"""Why somebody may or may not do something: every grant they hold, and which condition each meets; pure reading.

It says the same as `scope.Access`, by the same rules, but for each grant and each condition by itself (a test compares them).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from dgs.core.access.models import Grant, Role
from dgs.core.access.scope import covers
from dgs.core.organisations import api as organisations
from dgs.kernel import registry
from dgs.ui import formats


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of a grant and whether it is met, in words."""

    is_met: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One grant, and whether it opens what is asked for."""

    grant: Grant
    conditions: tuple[Condition, ...]

    @property
    def opens(self) -> bool:
        """Whether all conditions are met."""
        return all(one.is_met for one in self.conditions)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The answer. `reasons` are those that open it first; `roles` are the open roles that hold the permission at all."""

    is_allowed: bool
    reasons: tuple[Reason, ...]
    roles: tuple[Role, ...]
    account: Condition | None = None


def explain(
    user, permission: str, *, on: date, office=None, region=None
) -> Explanation:
    """Whether `user` holds a permission on a day (for an office, in a region, where they are named), grant by grant."""
    roles = tuple(Role.objects.filter(permissions__contains=[permission], is_closed=False))
    closed = None if user.is_active else Condition(is_met=False, words=_("This account is closed."))
    held = Grant.objects.filter(user=user).select_related("role", "office", "region", "stands_for__user").order_by("-pk")
    tree = organisations.office_tree()
    reasons = [_reason(one, permission, tree, on=on, office=office, region=region) for one in held[:200]]
    reasons.sort(key=lambda one: (not one.opens, sum(not condition.is_met for condition in one.conditions)))
    return Explanation(
        is_allowed=closed is None and any(one.opens for one in reasons), reasons=tuple(reasons), roles=roles, account=closed,
    )


def mine(access) -> list[tuple[str, list[tuple[str, str, list[str]]]]]:
    """What a person may do: for each room its title, and for each permission its code, its label and where, in words."""
    found = []
    names = {office.pk: office.short_name for office in organisations.offices()}
    for room in registry.rooms():
        rows = []
        for permission in room.permissions or ():
            where = [_where(held, names) for held in access.grants if permission.value in held.permissions]
            if where:
                rows.append((permission.value, str(permission.label), sorted(set(where))))
        if rows:
            found.append((str(room.title), rows))
    return found


def _where(held, names: dict[int, str]) -> str:
    where = names.get(held.office_id, "") if held.office_id else _("all offices")
    return f"{where} · {held.region_code}" if held.region_code else where


def _reason(grant: Grant, permission: str, tree: dict[int, set[int]], *, on: date, office, region) -> Reason:
    conditions = [_role(grant, permission), _time(grant, on)]
    if grant.waits or grant.approved_at:
        words = _("It waits for a second person.") if grant.waits else _("A second person agreed.")
        conditions.append(Condition(is_met=not grant.waits, words=words))
    conditions.append(_office(grant, office, tree))
    conditions.append(_region(grant, region))
    return Reason(grant=grant, conditions=tuple(conditions))


def _role(grant: Grant, permission: str) -> Condition:
    holds = permission in grant.role.permissions
    words = _("The role “%(role)s” holds this permission.") if holds else _("The role “%(role)s” does not hold this permission.")
    return Condition(is_met=holds, words=words % {"role": grant.role.label})


def _time(grant: Grant, on: date) -> Condition:
    if grant.ended_at is not None:
        return Condition(is_met=False, words=_("It was ended on %(day)s.") % {"day": formats.day(grant.ended_at)})
    if grant.valid_from > on:
        return Condition(is_met=False, words=_("It begins only on %(day)s.") % {"day": formats.day(grant.valid_from)})
    if grant.valid_to is not None and grant.valid_to < on:
        return Condition(is_met=False, words=_("It was in force until %(day)s.") % {"day": formats.day(grant.valid_to)})
    return Condition(is_met=True, words=_("It is in force."))


def _office(grant: Grant, office, tree: dict[int, set[int]]) -> Condition:
    if grant.office is None:
        return Condition(is_met=True, words=_("It counts for all offices."))
    if office is None:
        words = _("It counts for %(office)s and the offices below it.")
        return Condition(is_met=True, words=words % {"office": grant.office.name})
    is_met = office.pk in tree[grant.office_id]
    words = _("It counts for %(office)s and the offices below it: %(asked)s is one of them.")
    if not is_met:
        words = _("It counts for %(office)s and the offices below it: %(asked)s is none of them.")
    return Condition(is_met=is_met, words=words % {"office": grant.office.name, "asked": office.name})


def _region(grant: Grant, region) -> Condition:
    if grant.region is None:
        return Condition(is_met=True, words=_("It counts for the whole region."))
    if region is None:
        return Condition(is_met=True, words=_("It counts for what lies in %(region)s.") % {"region": grant.region.name})
    is_met = covers(grant.region.code, region.code)
    words = _("It counts for what lies in %(region)s: %(asked)s does.") if is_met else _(
        "It counts for what lies in %(region)s: %(asked)s does not."
    )
    return Condition(is_met=is_met, words=words % {"region": grant.region.name, "asked": region.name})
