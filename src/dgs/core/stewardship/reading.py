"""Who reads the evidence of a correction: whoever may decide it; its owner always may."""

from __future__ import annotations

from dgs.core.documents import api as documents
from dgs.core.stewardship.queries import visible_to


def may_read(access, stored) -> documents.Reading:
    """Documents' answer for a file of a correction."""
    pk = stored.about.rpartition(":")[2]
    found = visible_to(access).filter(pk=pk).first() if pk.isdigit() else None
    return documents.Reading(allowed=found is not None, person=found.party_id if found else None)
