"""Everything written about one case, read in one statement: events, pauses, notices, notes, others of the person; no writes.

Pages and the API tell a case from this; what decides about a case (actions) reads its rows under a lock instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dgs.core.cases.models import Case
from dgs.kernel.statements import Columns, Statement

OTHERS = 10


@dataclass(frozen=True, slots=True)
class Event:
    """One fact, as CaseEvent holds it, with the name of the office that acted."""

    seq: int
    at: datetime
    kind: str
    action: str
    from_state: str
    to_state: str
    actor_id: int | None
    actor_name: str
    office_name: str | None
    public_note: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stand:
    """A time in which the clock stood still."""

    reason: str
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What was asked to be mended at once, and when it was."""

    asked_at: datetime
    answered_at: datetime | None
    items: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Remark:
    """A note among colleagues."""

    at: datetime
    by_name: str
    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another application of the same person."""

    submitted_at: datetime
    reference: str
    version_id: int
    state: str


@dataclass(frozen=True, slots=True)
class Record:
    """Events and pauses in order, notices in order, notes and other applications the latest first."""

    events: list[Event]
    pauses: list[Stand]
    notices: list[Notice]
    notes: list[Remark]
    others: list[Other]

    @property
    def entries(self) -> list[tuple[str, datetime]]:
        """Which state was entered when, in order."""
        return [(event.to_state, event.at) for event in self.events if event.to_state]


PARTS = f"""
 (SELECT json_agg(json_build_array(e.seq, e.at, e.kind, e.action, e.from_state, e.to_state, e.actor_id, e.actor_name,
                                   o.name, e.public_note, e.data) ORDER BY e.seq)
  FROM cases_caseevent e LEFT JOIN organisations_office o ON o.id = e.office_id WHERE e.case_id = k.id),
 (SELECT json_agg(json_build_array(p.reason, p.began_at, p.ended_at) ORDER BY p.began_at, p.id)
  FROM cases_pause p WHERE p.case_id = k.id),
 (SELECT json_agg(json_build_array(n.asked_at, n.answered_at, n.items) ORDER BY n.asked_at, n.id)
  FROM cases_correction n WHERE n.case_id = k.id),
 (SELECT json_agg(json_build_array(n.at, u.name, n.text) ORDER BY n.at DESC, n.id DESC)
  FROM cases_note n JOIN accounts_user u ON u.id = n.by_id WHERE n.case_id = k.id),
 (SELECT json_agg(json_build_array(c.submitted_at, c.reference, c.version_id, c.state))
  FROM (SELECT submitted_at, reference, version_id, state FROM cases_case
        WHERE applicant_id = k.applicant_id AND id <> k.id ORDER BY submitted_at DESC LIMIT {OTHERS}) c)
"""  # noqa: S608 - our own words
RECORDS = Statement(f"SELECT k.id, {PARTS} FROM cases_case k WHERE k.id = ANY(%s)")  # noqa: S608 - our own words


def record_of(case: Case) -> Record:
    """The record of a case; one query, whatever is in it."""
    return records_of([case])[case.pk]


def records_of(cases: Iterable[Case]) -> dict[int, Record]:
    """The records of several cases by case id; one query."""
    found = RECORDS.all([[case.pk for case in cases]])
    return {pk: _record(*(rows or [] for rows in parts)) for pk, *parts in found}


def _record(events: list, pauses: list, notices: list, notes: list, others: list) -> Record:
    at = datetime.fromisoformat
    return Record(
        events=[Event(seq, at(moment), *rest) for seq, moment, *rest in events],
        pauses=[Stand(reason, at(began), at(ended) if ended else None) for reason, began, ended in pauses],
        notices=[Notice(at(asked), at(answered) if answered else None, items) for asked, answered, items in notices],
        notes=[Remark(at(moment), *rest) for moment, *rest in notes],
        others=[Other(at(moment), *rest) for moment, *rest in others],
    )


# Names come by sub-selects and not by joins: PostgreSQL would think about the order of nine joins longer than it reads.
CASE = Columns(Case, alias="k", without=["search"])
OPENED = Statement(f"""
SELECT {CASE},
 (SELECT number FROM services_serviceversion WHERE id = k.version_id),
 (SELECT name FROM organisations_office WHERE id = k.holder_office_id),
 (SELECT name FROM accounts_user WHERE id = k.claimed_by_id),
 (SELECT json_build_array(a.name, a.address, (SELECT path_label FROM regions_region WHERE id = a.region_id))
  FROM parties_party a WHERE a.id = k.applicant_id),
 (SELECT name FROM parties_party WHERE id = k.business_id),
 {PARTS}
FROM cases_case k WHERE k.reference = %s
""")  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Names:
    """What a page calls the rows that a case points to."""

    version: int
    holder: str | None
    claimed_by: str | None
    applicant: str
    address: str
    place: str | None
    business: str | None


def opened(reference: str) -> tuple[Case, Names, Record] | None:
    """The case of a reference, the names a page needs and its record; one query, None when there is none."""
    row = OPENED.one([reference])
    if row is None:
        return None
    (version, holder, claimed_by, applicant, business), parts = row[len(CASE) : -5], row[-5:]
    names = Names(version, holder, claimed_by, *applicant, business)
    return CASE.instance(row[: len(CASE)]), names, _record(*(rows or [] for rows in parts))
