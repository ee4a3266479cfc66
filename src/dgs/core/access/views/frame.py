"""What the pages of roles and access share: tabs, and the office a form names."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from dgs.core.access.forms import EVERYWHERE
from dgs.core.access.permissions import Permission
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import NotFound


def tabs(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is this one, of the pages this person may see."""
    may = request.access.allows
    wanted = [
        ("home", _("Who holds what"), may(Permission.VIEW_GRANTS)),
        ("waiting", _("Waiting"), may(Permission.APPROVE)),
        ("roles", _("Roles"), may(Permission.VIEW_GRANTS)),
        ("stand_in", _("Stand-ins"), may(Permission.GRANT)),
        ("reviews", _("Reviews"), may(Permission.REVIEW)),
        ("staff_lists", _("Lists of staff"), may(Permission.LOAD_STAFF)),
        ("why", _("Why?"), True),
    ]
    return [(label, reverse(f"access:{name}"), name == current) for name, label, is_open in wanted if is_open]


def office_named(value: str):
    """The open office of that slug, None for all of them; NotFound for what is neither."""
    office = None if value == EVERYWHERE else organisations.office_by_slug(value)
    if office is None and value != EVERYWHERE:
        raise NotFound
    return office
