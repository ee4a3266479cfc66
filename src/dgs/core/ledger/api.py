"""The door of the ledger: what its accounts hold and what was collected; entries are made by triggers, never by a call."""

from dgs.core.ledger.queries import (
    closed_through,
    collected,
    collected_by_day,
    collected_by_revenue,
    entries_without_postings,
    held,
)

__all__ = ["closed_through", "collected", "collected_by_day", "collected_by_revenue", "entries_without_postings", "held"]
