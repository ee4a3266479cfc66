"""Writing many rows of one table by COPY; what the rows say is the rooms' matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb


def reserve(model: type[models.Model], count: int) -> list[int]:
    """As many new primary keys of a table as asked, in order; nobody else gets them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, count]
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows in one statement, in the caller's transaction; triggers and constraints see them as those of an INSERT.

    `columns` are names of columns ("bill_id", not "bill"); values of JSON columns are turned into JSON. What the database
    refuses, it refuses in whole. Ten times as fast as bulk_create, which sends each value as a parameter of its own.
    """
    table = model._meta.db_table
    kinds = {field.column: field for field in model._meta.concrete_fields}
    places = [n for n, name in enumerate(columns) if isinstance(kinds[name], models.JSONField)]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as into:
        for row in rows:
            if places:
                row = list(row)
                for place in places:
                    row[place] = Jsonb(row[place])
            into.write_row(row)
