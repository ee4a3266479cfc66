"""Statements sent prepared: same answers, same transaction, counted like any query; and the way without preparing."""

from contextlib import nullcontext

import psycopg
import pytest
from django.db import NotSupportedError, OperationalError, connection, connections, transaction
from django.utils import timezone

from dgs.core.accounts.models import User
from dgs.core.audit import api as audit
from dgs.core.audit.models import AuditRow
from dgs.kernel.statements import Columns, Found, Statement

pytestmark = pytest.mark.django_db
NAMED = Found(User, "WHERE t.name = %s ORDER BY t.id")


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


@pytest.fixture
def budi():
    return User.objects.create_user(username="budi@contoh.example", name="Budi Percobaan")


@pytest.mark.parametrize("prepare", [True, False])
def test_an_instance_is_the_one_that_django_would_give(budi, settings, prepare):
    settings.DGS_PREPARE = prepare
    expected, found = User.objects.get(name=budi.name), NAMED.one([budi.name])
    assert {f.attname: getattr(found, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(expected, f.attname) for f in User._meta.concrete_fields
    }
    assert not found._state.adding and NAMED.one(["Nobody"]) is None and NAMED.all(["Nobody"]) == []
    found.name = "Budi Contohwan"
    found.save()
    assert User.objects.get(pk=budi.pk).name == "Budi Contohwan"


def test_the_database_keeps_the_plan(budi):
    statement = Statement("SELECT %s::text || ' kept', %s::int + 1")
    assert statement.one(["plan", 41]) == ("plan kept", 42)
    assert any("' kept'" in text for text in prepared())


def test_behind_a_pooler_nothing_is_prepared(budi, settings):
    settings.DGS_PREPARE = False
    assert Statement("SELECT %(word)s::text || ' not kept'").one({"word": "plan"}) == ("plan not kept",)
    assert not any("' not kept'" in text for text in prepared())


def test_it_sees_and_leaves_the_transaction_like_any_query(budi):
    with pytest.raises(RuntimeError), transaction.atomic():
        User.objects.filter(pk=budi.pk).update(name="Budi Contohwan")
        assert NAMED.one(["Budi Contohwan"]).pk == budi.pk
        raise RuntimeError
    assert NAMED.one(["Budi Contohwan"]) is None and NAMED.one([budi.name]).pk == budi.pk


def test_it_is_counted_and_written_down_with_its_values(budi, django_assert_num_queries):
    with django_assert_num_queries(1) as seen:
        assert NAMED.one([budi.name]).pk == budi.pk
    assert budi.name in seen.captured_queries[0]["sql"]


def test_what_a_field_makes_of_its_column_is_made(budi):
    """JSON comes as Python, sealed fields opened, whatever the model's fields do; left out fields come when asked for."""
    columns = Columns(User, alias="u", without=["nip"])
    row = Statement(f"SELECT {columns} FROM accounts_user u WHERE u.id = %s").one([budi.pk])
    assert len(row) == len(columns)
    found = columns.instance(row)
    assert found.get_deferred_fields() == {"nip"} and found.nip == ""
    row = audit.record(action="a.b", by=budi, subject="x:1", now=timezone.now(), facts={"deep": [1, {"two": None}]})
    assert Found(AuditRow, "WHERE t.id = %s").one([row.pk]).facts == {"deep": [1, {"two": None}]}


@pytest.mark.django_db(transaction=True)
def test_a_migration_meanwhile_does_not_break_a_plan_that_is_kept():
    """Widening a column changes the type of what a kept plan gives; the next visitor must not meet an error."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE probe_plan (word varchar(20)); INSERT INTO probe_plan VALUES ('kept')")
    statement = Statement("SELECT word FROM probe_plan WHERE word = %s")
    try:
        assert statement.one(["kept"]) == ("kept",)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN ALTER TABLE probe_plan ALTER word TYPE text; END $$")
        assert statement.one(["kept"]) == ("kept",)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN ALTER TABLE probe_plan ALTER word TYPE varchar(9); END $$")
        with pytest.raises(NotSupportedError), transaction.atomic():
            statement.one(["kept"])
        assert statement.one(["kept"]) == ("kept",)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE probe_plan")


@pytest.fixture
def checked(transactional_db, monkeypatch):
    """The connection as it is at the beginning of a request, when Django has not looked yet whether it is alive."""
    known = connections["default"]
    known.ensure_connection()
    monkeypatch.setattr(known, "health_check_enabled", True)
    monkeypatch.setattr(known, "health_check_done", False)
    return known


def lose(known) -> None:
    """End the connection on the side of the database, as its restart does."""
    with psycopg.connect(**{**known.get_connection_params(), "cursor_factory": psycopg.Cursor}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [known.connection.info.backend_pid])


def test_what_opens_a_request_is_itself_the_look_whether_the_connection_lives(checked):
    sent = []
    checked.execute_wrappers.append(lambda execute, sql, *more: sent.append(sql) or execute(sql, *more))
    try:
        assert Statement("SELECT 1 + 1", opens=True).one() == (2,)
    finally:
        checked.execute_wrappers.pop()
    assert sent == ["SELECT 1 + 1"] and checked.health_check_done


@pytest.mark.server
def test_a_request_that_finds_its_connection_gone_asks_on_a_new_one(checked):
    lose(checked)
    assert Statement("SELECT 1 + 1", opens=True).one() == (2,)


@pytest.mark.server
@pytest.mark.parametrize("opens", [True, False])
def test_nothing_is_asked_twice_once_the_connection_was_looked_at(checked, opens):
    with pytest.raises(OperationalError), transaction.atomic() if opens else nullcontext():
        checked.health_check_done = True  # as it is once a transaction has begun
        lose(checked)
        Statement("SELECT 1 + 1", opens=opens).one()
    checked.close()


def test_an_error_of_a_living_connection_is_told_and_not_asked_again(checked):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 20")
    checked.health_check_done = False
    with pytest.raises(OperationalError):
        Statement("SELECT pg_sleep(5)", opens=True).one()
    connection.close()
