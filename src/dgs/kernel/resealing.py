"""Puts everything that stands sealed in the database under the newest key, while the platform runs; makes no key itself.

What is sealed is known by the mark of its key, wherever it stands: in a text column, or as a text anywhere in a JSON column. So
no list of columns exists that somebody could forget to add to. Each row is changed by one statement of its own, and only if
nobody changed it meanwhile: nothing waits for us, and after a crash the next run finds what is left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from dgs.kernel import protection

CHUNK = 500
PASSES = 5


@dataclass
class Table:
    """What was found in one table: texts put under the newest key, rows that were changed meanwhile, texts nothing opens."""

    name: str
    resealed: int = 0
    missed: int = 0
    unreadable: list[Any] = field(default_factory=list)


def stale(*, tell: Callable[[str, int], None] = lambda _table, _rows: None) -> dict[str, int]:
    """Rows by table that hold a text sealed under an older key of settings.DGS_FIELD_KEYS; each table is read once."""
    found = {}
    for model in _models():
        condition, marks = _condition(model)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {_name(model)} WHERE {condition}", marks)  # noqa: S608
            if count := cursor.fetchone()[0]:
                found[model._meta.db_table] = count
                tell(model._meta.db_table, count)
    return found


def reseal(*, tell: Callable[[Table], None] = lambda _table: None) -> list[Table]:
    """Put every text under the newest key, table by table, again as long as others write below us; `tell` of each table.

    Outside a transaction, else nothing is kept before its end. What nothing opens, because it was altered, stays and is named.
    """
    done = []
    marks = protection.older_marks()
    if not marks:
        return done
    with connection.cursor() as cursor:
        # A row that a power cut takes back is found again by the next run: no need to wait for the disk at each of them.
        cursor.execute("SET synchronous_commit TO off")
    try:
        for model in _models():
            table = Table(model._meta.db_table)
            for _ in range(PASSES):
                table.missed, table.unreadable = 0, []
                for pk, found in _rows(model):
                    _one(model, pk, found, table, marks)
                if not table.missed:
                    break
            if table.resealed or table.missed or table.unreadable:
                done.append(table)
                tell(table)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
    return done


def _one(model: type[models.Model], pk: Any, found: dict[str, Any], table: Table, marks: tuple[str, ...]) -> None:
    changed, before, count = {}, {}, 0
    for name, value in found.items():
        walk = _Walk(marks)
        new = walk.through(value)
        if walk.unreadable:
            table.unreadable.append(pk)
        if walk.resealed:
            changed[name], before[name] = new, value
            count += walk.resealed
    if not changed:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # The database guards some rows against any change but this one; see the migrations that ask for it.
        cursor.execute("SELECT set_config('dgs.resealing', 'on', true)")
        if model._base_manager.filter(pk=pk, **before).update(**changed):
            table.resealed += count
        else:
            table.missed += 1


class _Walk:
    """Goes through a value as it stands in a column and puts each sealed text in it under the newest key."""

    def __init__(self, marks: tuple[str, ...]) -> None:
        self.marks = marks
        self.resealed = self.unreadable = 0

    def through(self, value: Any) -> Any:
        """The value with its sealed texts renewed; all else is as it was."""
        if isinstance(value, dict):
            return {key: self.through(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.through(one) for one in value]
        if not isinstance(value, str) or not value.startswith(self.marks):
            return value
        try:
            new = protection.encrypt(protection.decrypt(value))
        except ValueError:
            self.unreadable += 1
            return value
        self.resealed += 1
        return new


def _models() -> Iterator[type[models.Model]]:
    """Each table of ours that has a column in which something sealed could stand."""
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table):
        if model._meta.managed and not model._meta.proxy and _columns(model):
            yield model


def _columns(model: type[models.Model]) -> list[models.Field]:
    return [
        one for one in model._meta.local_concrete_fields
        if isinstance(one, models.JSONField)
        or (isinstance(one, (models.TextField, models.CharField)) and (one.max_length is None or one.max_length >= 44))
    ]


def _name(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _condition(model: type[models.Model]) -> tuple[str, list[str]]:
    """SQL true of rows that hold a text under an older key, with its parameters; false of all when there is none."""
    parts, marks = [], []
    for mark in protection.older_marks():
        for one in _columns(model):
            name = connection.ops.quote_name(one.column)
            is_json = isinstance(one, models.JSONField)
            parts.append(f"{name}::text LIKE %s" if is_json else f"{name} LIKE %s")
            marks.append(f'%"{mark}%' if is_json else f"{mark}%")
    return " OR ".join(parts) or "false", marks


def _rows(model: type[models.Model]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Rows to be renewed as (pk, {field: value}), in the order of their keys, a few hundred at a time."""
    columns = _columns(model)
    condition, marks = _condition(model)
    key = connection.ops.quote_name(model._meta.pk.column)
    wanted = ", ".join(
        f"{connection.ops.quote_name(one.column)}{'::text' if isinstance(one, models.JSONField) else ''}" for one in columns
    )
    last: list[Any] = []
    while True:
        after = f"{key} > %s AND " if last else ""
        with connection.cursor() as cursor:
            cursor.execute(  # names of our own tables and columns, quoted; nothing from outside
                f"SELECT {key}, {wanted} FROM {_name(model)} WHERE {after}({condition}) "  # noqa: S608
                f"ORDER BY {key} LIMIT {CHUNK}",
                [*last, *marks],
            )
            rows = cursor.fetchall()
        for pk, *values in rows:
            yield pk, {
                one.name: json.loads(value) if isinstance(one, models.JSONField) else value
                for one, value in zip(columns, values, strict=True) if value is not None
            }
        if len(rows) < CHUNK:
            return
        last = [rows[-1][0]]


def can_rotate() -> bool:
    """Whether an older key is set at all besides the newest."""
    return len(settings.DGS_FIELD_KEYS) > 1
