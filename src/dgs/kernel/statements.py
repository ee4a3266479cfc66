"""Statements that hot pages send: written once, prepared by the database, told as rows or as model instances.

Django puts a query together anew each time and PostgreSQL plans it anew each time; on a page that officers open all day both
cost more than the answer. Everything else stays with the ORM. `DGS_PREPARE=0` sends them unprepared (for a pooler that
cannot hold prepared statements).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)
# What the driver writes down by itself; anything else a field makes ready, as when Django saves it.
PLAIN = {str, int, bool, Decimal, datetime, date, type(None)}
Parameters = Sequence[Any] | Mapping[str, Any]


class Prepared(ServerBindingCursor):
    """A cursor whose statements the database keeps the plan of, per connection."""

    def execute(self, query, params=None):
        """As the cursor above, with the statement prepared at its first use."""
        return super().execute(query, params, prepare=True)


class Statement:
    """One statement with placeholders; it takes part in the transaction at hand and is counted like any query.

    `opens`: it only reads and is what requests ask first. It then stands for the check whether the connection is still alive, and
    is asked again on a new one if not.
    """

    def __init__(self, sql: str, *, opens: bool = False) -> None:
        self.sql, self.opens = sql, opens

    def all(self, params: Parameters = ()) -> list[tuple]:
        """All rows."""
        with self._sent(params) as cursor:
            return cursor.fetchall()

    def one(self, params: Parameters = ()) -> tuple | None:
        """The first row, or None."""
        with self._sent(params) as cursor:
            return cursor.fetchone()

    def _sent(self, params: Parameters):
        django = connections[DEFAULT_DB_ALIAS]
        if self.opens and django.health_check_enabled and not django.health_check_done and not django.in_atomic_block:
            django.health_check_done = True
            try:
                return self._asked(params)
            except (OperationalError, InterfaceError):
                if django.connection is None or django.is_usable():
                    raise
                django.close()
        return self._asked(params)

    def _asked(self, params: Parameters):
        try:
            return self._executed(params)
        except NotSupportedError:
            # A migration has changed the type of a column since the plan was made. In a transaction nothing can be said
            # any more; its rollback makes the plans be forgotten too.
            if connection.in_atomic_block:
                raise
            with connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")
            return self._executed(params)

    def _executed(self, params: Parameters):
        django = connections[DEFAULT_DB_ALIAS]
        # Where Django writes statements down or hands them to somebody, it does so for its own cursor only.
        if not settings.DGS_PREPARE or django.queries_logged or django.execute_wrappers:
            cursor = django.cursor()
            cursor.execute(self.sql, params)
            return cursor
        # As django.cursor() and its execute() do, with a cursor that prepares and without two wrappers around it.
        django.close_if_health_check_failed()
        django.ensure_connection()
        django.validate_thread_sharing()
        django.validate_no_broken_transaction()
        with django.wrap_database_errors:
            return Prepared(django.connection).execute(self.sql, params)


class Columns(Generic[M]):
    """The columns of a model for a written SELECT, and instances of the model from what comes back."""

    def __init__(self, model: type[M], *, alias: str, without: Sequence[str] = ()) -> None:
        self.model, self.alias, self.without = model, alias, without

    @cached_property
    def fields(self) -> list[models.Field]:
        """The fields that are read, in order; those left out are fetched by Django when somebody asks for them."""
        return [field for field in self.model._meta.concrete_fields if field.name not in self.without]

    def __str__(self) -> str:
        return ", ".join(f"{self.alias}.{field.column}" for field in self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def instance(self, row: Sequence[Any]) -> M:
        """An instance from the values of these columns, as Django would have made it, without its signals and in a third of
        its time."""
        values = list(row)
        for number, field, converters in self._converters:
            for convert in converters:
                values[number] = convert(values[number], field, connection)
        made = self.model.__new__(self.model)
        made.__dict__.update(zip(self._names, values, strict=True))
        made._state = state = ModelState()
        state.adding, state.db = False, connection.alias
        return made

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self.fields]

    @cached_property
    def _converters(self) -> list[tuple[int, Any, list]]:
        columns = [(number, field.get_col(self.alias)) for number, field in enumerate(self.fields)]
        found = (
            (n, col, [*connection.ops.get_db_converters(col), *col.get_db_converters(connection)]) for n, col in columns
        )
        return [(number, col, converters) for number, col, converters in found if converters]


class Insert(Generic[M]):
    """A new row of a model by a prepared statement, without Django's signals: `Insert(Receipt, once="source").add(receipt)`.

    `once` names the columns that make it the same row; empty is whatever the table holds once; None refuses none.
    """

    def __init__(self, model: type[M], *, once: str | None = None) -> None:
        self.model, self.once = model, once

    def add(self, row: M) -> bool:
        """Write it and give it its id; False, and nothing written, when there is one with the same `once`."""
        found = self.statement.one(self.values(row))
        if found is None:
            return False
        _is_there(row, found[0])
        return True

    def values(self, row: M) -> list[Any]:
        """What is written, in the order of `fields`."""
        django, values = connections[DEFAULT_DB_ALIAS], []
        for name, field in self._named:
            value = getattr(row, name)
            values.append(value if type(value) in PLAIN else field.get_db_prep_save(value, django))
        return values

    @cached_property
    def fields(self) -> list[models.Field]:
        """Every column but the id, which the database gives."""
        return [field for field in self.model._meta.concrete_fields if not field.primary_key]

    @cached_property
    def _named(self) -> list[tuple[str, models.Field]]:
        return [(field.attname, field) for field in self.fields]

    @cached_property
    def statement(self) -> Statement:
        """The whole INSERT."""
        columns = f"({self.once}) " if self.once else ""
        once = f"ON CONFLICT {columns}DO NOTHING " if self.once is not None else ""
        marks = ", ".join(["%s"] * len(self.fields))
        return Statement(f"{self.into} VALUES ({marks}) {once}RETURNING id")

    @property
    def into(self) -> str:
        """The table with the columns that are written."""
        columns = ", ".join(f'"{field.column}"' for field in self.fields)  # one may be a word of SQL, such as "to"
        return f"INSERT INTO {self.model._meta.db_table} ({columns})"


class InsertWith:
    """A new row and another that refers to it, by one statement: `InsertWith(RECEIPT, PAYMENT, "receipt_id").add(one, other)`.

    Of the second nothing is written either when the first was there (`once`).
    """

    def __init__(self, first: Insert, second: Insert, refers: str) -> None:
        self.first, self.second, self.refers = first, second, refers

    def add(self, first: models.Model, second: models.Model) -> bool:
        """Write both and give them their ids; False, and nothing written, when the first was there."""
        found = self.statement.one([*self.first.values(first), *self._values(second)])
        if found is None:
            return False
        _is_there(first, found[0])
        _is_there(second, found[1])
        setattr(second, self.refers, first.pk)
        return True

    def _values(self, second: models.Model) -> list[Any]:
        values = zip(self.second.fields, self.second.values(second), strict=True)
        return [value for field, value in values if field.attname != self.refers]

    @cached_property
    def statement(self) -> Statement:
        """Both INSERTs."""
        # In a SELECT the database does not take the type of a value from the column it is meant for.
        given = ", ".join("first.id" if field.attname == self.refers else f"%s::{_type(field)}" for field in self.second.fields)
        return Statement(
            f"WITH first AS ({self.first.statement.sql}), second AS ({self.second.into} SELECT {given} FROM first RETURNING id) "  # noqa: S608
            "SELECT first.id, second.id FROM first, second"
        )


def _type(field: models.Field) -> str:
    """The type of a field's column; a text is not cut by it."""
    return "text" if isinstance(field, models.CharField) else field.db_type(connection)


def _is_there(row: models.Model, key: Any) -> None:
    row.pk = key
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


class Found(Generic[M]):
    """Instances of a model by a written condition: `Found(User, "WHERE t.id = %s")`; the table is called `t`."""

    def __init__(self, model: type[M], tail: str) -> None:
        self.columns, self.tail = Columns(model, alias="t"), tail

    @cached_property
    def statement(self) -> Statement:
        """The whole SELECT."""
        return Statement(f"SELECT {self.columns} FROM {self.columns.model._meta.db_table} t {self.tail}")  # noqa: S608 - our own words

    def all(self, params: Parameters = ()) -> list[M]:
        """All instances; one query."""
        return [self.columns.instance(row) for row in self.statement.all(params)]

    def one(self, params: Parameters = ()) -> M | None:
        """The first instance, or None; one query."""
        row = self.statement.one(params)
        return None if row is None else self.columns.instance(row)
