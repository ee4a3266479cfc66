"""The door of the access room: what a person may do and on which offices' rows."""

from __future__ import annotations

from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from dgs.core.access.models import Grant


class Access:
    """What one person may do today; loads the grants once, on first use.

    Offices are office ids; None instead of a set means every office.
    """

    def __init__(self, user) -> None:
        self.user = user

    @cached_property
    def grants(self) -> list[Grant]:
        """The grants in force today, with their roles."""
        if not self.user.is_authenticated or not self.user.is_active:
            return []
        today = timezone.localdate()
        return list(
            Grant.objects.filter(user=self.user, valid_from__lte=today)
            .filter(Q(valid_to=None) | Q(valid_to__gte=today))
            .select_related("role", "office", "region")
        )

    def allows(self, permission: str, office_id: int | None = None) -> bool:
        """Whether any grant gives the permission (for the office, when one is named)."""
        offices = self.offices(permission)
        return offices is None or (bool(offices) if office_id is None else office_id in offices)

    def offices(self, permission: str) -> set[int] | None:
        """The offices for which the permission is granted; None = all, empty = none."""
        return self._reach(lambda grant: permission in grant.role.permissions)

    def offices_as(self, role: str) -> set[int] | None:
        """The offices in which the person holds a role; None = all, empty = none."""
        return self._reach(lambda grant: grant.role_id == role)

    @cached_property
    def roles(self) -> set[str]:
        """The codes of the roles held anywhere."""
        return {grant.role_id for grant in self.grants}

    @property
    def is_staff(self) -> bool:
        """Whether any role held is one of staff."""
        return any(grant.role.is_staff for grant in self.grants)

    def _reach(self, wanted) -> set[int] | None:
        found: set[int] = set()
        for grant in self.grants:
            if wanted(grant):
                if grant.office_id is None:
                    return None
                found.add(grant.office_id)
        return found
