"""Fills an empty, loaded database with any number of believable cases by COPY: people, cases, events, bills, payments.

Names are put together from obviously invented parts. Identity numbers are synthetic (sequence 9xxx). The generator is
seeded, so two runs of the same size give the same data but for reference numbers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from dgs.core.accounts.models import User
from dgs.core.cases import sealing
from dgs.core.organisations import api as organisations
from dgs.core.regions import api as regions
from dgs.core.services import api as services
from dgs.core.services.models import Service
from dgs.kernel import codes, protection, registry

MOST_EVENTS = 20  # of one case
FIRST = (
    "Siti",
    "Budi",
    "Ayu",
    "Rahmat",
    "Dewi",
    "Agus",
    "Nur",
    "Joko",
    "Lestari",
    "Hasan",
    "Yanti",
    "Rudi",
    "Fatimah",
    "Slamet",
    "Wulan",
    "Iwan",
    "Ratna",
    "Dedi",
    "Maya",
    "Eko",
    "Sri",
    "Andi",
    "Indah",
    "Bayu",
    "Kartini",
    "Usman",
)
MIDDLE = (
    "Putri",
    "Adi",
    "Maharani",
    "Surya",
    "Kencana",
    "Wira",
    "Bunga",
    "Satria",
    "Melati",
    "Jaya",
    "Cahaya",
    "Bakti",
)
LAST = (
    "Contohwati",
    "Percobaan",
    "Misalnya",
    "Teladan",
    "Umpama",
    "Rekaan",
    "Khayalan",
    "Contohnya",
    "Andaikan",
    "Ujiwan",
)
OPEN_SHARE = 0.06


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table; how many."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as target:
        for row in rows:
            target.write_row(row)
            count += 1
    return count


def set_apart(table: str, count: int) -> int:
    """The number below `count` numbers that nobody else gets: the worker goes on writing while the tables are filled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), nextval(pg_get_serial_sequence(%s, 'id')) + %s)",
            [table, table, count],
        )
        return cursor.fetchone()[0] - count


def villages() -> list[str]:
    """The codes of the home region's villages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM regions_region WHERE level = 4 AND code LIKE %s ORDER BY code",
            [regions.home_region().code + ".%"],
        )
        return [code for (code,) in cursor.fetchall()]


@lru_cache(maxsize=1)
def examples() -> dict:
    """The first example of each service, from the definition folders: published versions do not carry them."""
    definitions = [services.load_folder(folder) for _subsystem, folder in registry.service_folders()]
    return {definition.slug: definition.examples[0] for definition in definitions}


class Kind:
    """What the generator must know of one service."""

    def __init__(self, service: Service, now: datetime) -> None:
        self.service = service
        self.version = service.current
        self.definition = services.definition_of(service.current_id)
        self.example = examples()[service.slug]
        values = services.example_values(
            dict(self.example.data),
            villages=villages(),
            today=now.date(),
            file=lambda name: {
                "id": "00000000-0000-4000-8000-000000000000",
                "name": name,
                "size": 1,
                "type": "application/pdf",
            },
        )
        context = services.Context(values={}, attributes=dict(self.example.attributes), today=now.date())
        clean, errors = services.clean_all(self.definition.form, values, context)
        if errors:
            raise ValueError(f"the example of {service.slug} does not pass: {errors}")
        self.data = _plain(sealing.seal(self.definition.form.fields(), clean))
        self.register = _plain(sealing.seal_register(dict(self.example.attributes)))
        flow = self.definition.workflow
        self.days = flow.working_days
        self.open_states = [
            s for s in flow.states.values() if not s.outcome and s.holder not in ("system",) and not s.auto
        ]
        self.final = next(s.id for s in flow.states.values() if s.outcome == "granted")
        self.refused = next((s.id for s in flow.states.values() if s.outcome == "refused"), self.final)
        self.offices = {
            s.id: service.office_id if s.office == "owner" else organisations.office_of_kind(s.office).pk
            for s in self.open_states
        }


def fill(count: int, *, now: datetime, seed: int = 1) -> dict[str, int]:
    """Make `count` people with one case each; about six in a hundred are still open. How many rows of what."""
    chance = random.Random(seed)  # noqa: S311 - invented data, not secrets
    kinds = [Kind(s, now) for s in Service.objects.select_related("current", "office").exclude(current=None)]
    home = regions.home_region()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code FROM regions_region WHERE level = 4 AND code LIKE %s ORDER BY code", [home.code + ".%"]
        )
        villages = cursor.fetchall()
    clerk = User.objects.filter(grants__role="clerk").first()
    party0, case0 = set_apart("parties_party", count), set_apart("cases_case", count)
    event0 = set_apart("cases_caseevent", count * MOST_EVENTS)
    today = timezone.localtime(now).date()
    people, persons, cases, events = [], [], [], []
    for n in range(1, count + 1):
        name = f"{chance.choice(FIRST)} {chance.choice(MIDDLE)} {chance.choice(LAST)}"
        village, code = chance.choice(villages)
        born = f"{chance.randint(1, 28):02}{chance.randint(1, 12):02}{chance.randint(60, 99)}"
        nik = f"{code.replace('.', '')[:6]}{born}{n % 9999 + 1:04}"
        people.append((party0 + n, "person", name, f"Jalan Contoh {n % 200}", village, "", "", now, now))
        persons.append(
            (
                party0 + n,
                protection.encrypt(nik),
                protection.keyed_hash(f"bench-{seed}-{n}", "nik"),
                "Pangkalan Balai",
                today - timedelta(days=chance.randint(7000, 24000)),
                "L" if n % 2 else "P",
                "",
                "",
                "WNI",
            )
        )
        kind = kinds[n % len(kinds)]
        is_open = chance.random() < OPEN_SHARE
        back = chance.randint(0, 12) if is_open else chance.randint(8, 360)
        sent = _moment(today - timedelta(days=back), chance)
        took = min(max(0, round(chance.gauss(kind.days * 0.7, kind.days * 0.35))), back)
        closed = None if is_open else _moment(today - timedelta(days=back - took), chance)
        outcome = "" if is_open else ("granted" if chance.random() < 0.93 else "refused")
        state = chance.choice(kind.open_states) if is_open else None
        state_id = state.id if state else (kind.final if outcome == "granted" else kind.refused)
        since = sent if is_open else closed
        step_due = regions.add_working_days(sent.date(), state.working_days or 3) if state else None
        paused = since if state and state.pause else None
        cases.append(
            (
                case0 + n,
                codes.new_code(12),
                kind.version.pk,
                kind.service.pk,
                kind.service.office_id,
                village,
                party0 + n,
                None,
                "online" if n % 3 else "counter",
                clerk.pk,
                kind.data,
                kind.register,
                Jsonb({}),
                1 if is_open else 3,
                state_id,
                since,
                kind.offices[state_id] if state else None,
                state.holder if state else "system",
                None,
                None,
                sent,
                step_due,
                regions.add_working_days(sent.date(), kind.days),
                paused,
                None,
                None,
                None,
                closed,
                outcome,
                None if is_open else took,
                None,
                name,
            )
        )
        office = kind.service.office_id
        event0 += 1
        events.append(
            (
                event0,
                case0 + n,
                1,
                sent,
                "submitted",
                "",
                "",
                kind.definition.workflow.start,
                clerk.pk,
                clerk.name,
                None,
                "",
                Jsonb({}),
            )
        )
        if not is_open:
            event0 += 2
            events.append(
                (event0 - 1, case0 + n, 2, closed, "claimed", "", "", "", clerk.pk, clerk.name, office, "", Jsonb({}))
            )
            events.append(
                (
                    event0,
                    case0 + n,
                    3,
                    closed,
                    "action",
                    "",
                    kind.definition.workflow.start,
                    state_id,
                    clerk.pk,
                    clerk.name,
                    office,
                    "",
                    Jsonb({}),
                )
            )
    made = {
        "people": copy(
            "parties_party",
            ("id", "kind", "name", "address", "region_id", "phone", "email", "created_at", "updated_at"),
            people,
        ),
        "persons": copy(
            "parties_person",
            (
                "party_id",
                "nik_sealed",
                "nik_hash",
                "birth_place",
                "birth_on",
                "sex",
                "occupation",
                "religion",
                "citizenship",
            ),
            persons,
        ),
        "cases": copy(
            "cases_case",
            (
                "id",
                "reference",
                "version_id",
                "service_id",
                "office_id",
                "region_id",
                "applicant_id",
                "business_id",
                "channel",
                "submitted_by_id",
                "data",
                "register",
                "findings",
                "seq",
                "state",
                "state_since",
                "holder_office_id",
                "holder_role",
                "claimed_by_id",
                "claimed_at",
                "submitted_at",
                "step_due_on",
                "due_on",
                "paused_since",
                "warned_at",
                "escalated_at",
                "deemed_at",
                "closed_at",
                "outcome",
                "days_used",
                "client_key",
                "title",
            ),
            cases,
        ),
        "events": copy(
            "cases_caseevent",
            (
                "id",
                "case_id",
                "seq",
                "at",
                "kind",
                "action",
                "from_state",
                "to_state",
                "actor_id",
                "actor_name",
                "office_id",
                "public_note",
                "data",
            ),
            events,
        ),
    }
    with connection.cursor() as cursor:
        # As the worker would have left them: who is late has been told so.
        cursor.execute(
            "UPDATE cases_case SET warned_at = state_since, escalated_at = state_since "
            "WHERE closed_at IS NULL AND step_due_on <= %s AND escalated_at IS NULL",
            [today],
        )
        cursor.execute(
            "UPDATE cases_case SET term_over_at = state_since WHERE closed_at IS NULL AND due_on < %s AND term_over_at IS NULL",
            [today],
        )
        for table in ("parties_party", "parties_person", "cases_case", "cases_caseevent"):
            cursor.execute(f"ANALYZE {table}")
    return made


def _plain(values: dict) -> Jsonb:
    return Jsonb(json.loads(json.dumps(values, cls=DjangoJSONEncoder)))


def _moment(day, chance: random.Random) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(chance.randint(8, 15), chance.randint(0, 59))))
