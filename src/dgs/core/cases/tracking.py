"""Finding a case for somebody who is not signed in, by page or SMS: what must be known, and how often one may try."""

from __future__ import annotations

from datetime import datetime

from dgs.core.accounts import api as accounts
from dgs.core.cases.models import Case
from dgs.core.parties import api as parties

TRACKED_EACH, TRACKED_ONE = 20, 10


def track(*, reference: str | None, four: str, where: str, now: datetime) -> Case | None:
    """The case for who knows its reference (None: what was typed is none) and the last four digits of the applicant's NIK.

    Refuses (TooManyAttempts) who tries often, by `where` (a network address, a telephone number), and whoever tries one case.
    """
    accounts.throttle(kind="track-from", key=where, limit=TRACKED_EACH, seconds=600, now=now)
    if reference is None:
        return None
    accounts.throttle(kind="track", key=reference, limit=TRACKED_ONE, seconds=600, now=now)
    case = Case.objects.filter(reference=reference).select_related("service", "office", "holder_office").first()
    return case if case and parties.nik_ends_with(case.applicant_id, four) else None
