"""Those whom a broadcast can be sent to that cases knows: people who applied to an office."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from dgs.core.organisations import api as organisations
from dgs.core.services import api as services
from dgs.kernel.manifest import Audience


def _offices() -> list[tuple[str, str]]:
    # Most offices of a region have no service of their own: only those that one can apply to are shown.
    known = {service.office_id for service, _definition in services.open_services()}
    return list(organisations.offices().filter(pk__in=known).order_by("name").values_list("slug", "name"))


def _applicants(office: str) -> tuple[str, list[Any]]:
    return (
        "SELECT a.channel, a.address, u.language, u.party_id, p.region_id FROM (SELECT DISTINCT c.applicant_id FROM cases_case c"
        " JOIN organisations_office o ON o.id = c.office_id WHERE o.slug = %s) c"
        " JOIN accounts_user u ON u.party_id = c.applicant_id JOIN parties_party p ON p.id = u.party_id"
        " CROSS JOIN LATERAL (VALUES ('sms', u.phone), ('email', u.email)) a(channel, address)"
        " WHERE u.is_active AND a.address <> ''",
        [office],
    )


APPLICANTS = Audience(code="office", title=_("People who applied to an office"), choices=_offices, select=_applicants)
