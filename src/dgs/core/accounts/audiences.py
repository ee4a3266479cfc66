"""Those whom a broadcast can be sent to that accounts knows: everybody who has an account, at confirmed addresses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Audience


def _everyone(_value: str) -> tuple[str, list[Any]]:
    return (
        "SELECT a.channel, a.address, u.language, u.party_id, p.region_id FROM accounts_user u"
        " LEFT JOIN parties_party p ON p.id = u.party_id"
        " CROSS JOIN LATERAL (VALUES ('sms', u.phone), ('email', u.email)) a(channel, address)"
        " WHERE u.is_active AND a.address <> ''",
        [],
    )


EVERYONE = Audience(code="everyone", title=_("Everybody with an account"), choices=lambda: [("", _("all"))], select=_everyone)
