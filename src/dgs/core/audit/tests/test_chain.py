"""The audit chain: what is recorded, and that every kind of tampering is named."""

import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from dgs.core.audit import actions, api, chain
from dgs.core.audit.models import LANES, AuditHead, AuditRow

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


class Actor:
    """Stands in for an account, which is a room above this one."""

    def __init__(self, pk=7, name="Budi Percobaan"):
        self.pk, self.name = pk, name


def write(count=1, **given):
    """So many rows in one transaction, hence in one lane; returns that lane."""
    for number in range(count):
        row = api.record(**{"action": "cases.submitted", "by": Actor(), "subject": f"cases.case:{number}", "now": NOW,
                            "facts": {"n": number}, **given})
    return row.lane


def tamper(statement, *values):
    """Change the table as somebody with full rights on the database could."""
    with connection.cursor() as cursor:
        for table in ("audit_auditrow", "audit_audithead"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        touched = cursor.rowcount
        for table, name in (("audit_auditrow", "audit_row_keep"), ("audit_audithead", "audit_head_keep")):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
    assert touched


def kinds(findings):
    return {problem.kind for problem in findings.problems}


@pytest.fixture
def lane(db):
    """A lane with six rows."""
    return write(6)


def test_a_sound_chain_is_found_sound_and_every_row_is_read(lane):
    findings = api.verify()
    assert findings.ok and findings.rows == 6 and findings.problems == []


def test_a_row_says_who_did_what_to_what_and_when(db):
    row = api.record(action="billing.bill_issued", by=Actor(3, "Siti Contohwati"), subject="billing.bill:12", now=NOW,
                     facts={"total": Decimal("1250000")}, person=44, office="dishub", purpose="test")
    kept = AuditRow.objects.get()
    assert (kept.actor, kept.actor_name, kept.subject, kept.person, kept.office, kept.purpose, kept.at, kept.kind) == (
        3, "Siti Contohwati", "billing.bill:12", 44, "dishub", "test", NOW, "change")
    assert kept.facts == {"total": "1250000"} and kept.pk == row.pk


def test_a_reading_is_a_row_of_its_own_kind(db):
    api.record_reading(by=Actor(), subject="parties.person:5", person=5, purpose="counter", now=NOW)
    kept = AuditRow.objects.get()
    assert (kept.kind, kept.action, kept.person, kept.purpose) == ("read", "personal_data.read", 5, "counter")


def test_nobody_is_written_as_the_system(db):
    assert api.record(action="a.b", by=None, subject="x:1", now=NOW).actor_name == "system"


def test_an_instant_without_zone_is_refused_and_nothing_is_written(db):
    with pytest.raises(ValueError, match="time zone"):
        api.record(action="a.b", by=None, subject="x:1", now=datetime(2026, 11, 23, 2, 30))  # noqa: DTZ001
    assert not AuditRow.objects.exists()


def test_facts_of_every_awkward_kind_survive_storage(db):
    facts = {"day": date(2026, 1, 2), "ratio": 0.1, "big": 1e22, "nul": "a\x00b", "half": "\ud800", "emoji": "🦜 ‮",
             "deep": [{"x": None, "y": True, 3: (1, 2)}], "long": 10**30}
    api.record(action="a.b", by=Actor(name="n\x00" * 200), subject="x:1", now=NOW, facts=facts, purpose="p" * 999)
    assert api.verify().ok


def test_the_rows_of_one_transaction_share_a_lane_and_cost_one_round_trip_each_after_the_first(db, django_assert_num_queries):
    with django_assert_num_queries(2 + 2):
        write(3)
    assert AuditRow.objects.values("lane").distinct().count() == 1
    numbers = list(AuditRow.objects.order_by("seq").values_list("pk", flat=True))
    assert numbers == sorted(numbers)


def test_what_is_remembered_of_a_lane_is_never_written_by_when_it_is_no_longer_so(transactional_db, django_assert_num_queries):
    write(1)
    remembered = actions.LAST.known
    write(1)
    actions.LAST.known = remembered
    with transaction.atomic(), django_assert_num_queries(3):
        write(1)
    # The head stands where it was remembered, but another row stands there: ours was undone, and somebody wrote in its place.
    actions.LAST.known = (remembered[0] + 1000, *actions.LAST.known[1:3], "f" * 64)
    write(1)
    assert api.verify().ok and AuditRow.objects.count() == 4


@pytest.mark.parametrize("column, value", [
    ("at", "2020-01-01T00:00:00Z"), ("kind", "read"), ("action", "x.y"), ("actor", 99), ("actor_name", "Other"),
    ("subject", "cases.case:999"), ("person", 1), ("office", "x"), ("purpose", "x"), ("facts", '{"n": 77}'),
    ("previous", "f" * 64), ("digest", "f" * 64), ("id", 10**9),
])
def test_an_edit_of_any_column_is_named(lane, column, value):
    tamper(f"UPDATE audit_auditrow SET {column} = %s WHERE lane = %s AND seq = 3", value, lane)
    findings = api.verify()
    assert not findings.ok and "edited" in kinds(findings)
    first = findings.problems[0]
    assert (first.lane, first.seq) == (lane, 3)
    assert str(lane) in first.sentence and "3" in first.sentence and str(first.id) in first.sentence


def test_a_row_deleted_from_the_middle_is_named(lane):
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq = 3", lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.lane, problem.seq) == ("deleted", lane, 3)


def test_rows_deleted_from_the_beginning_are_named(lane):
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq <= 2", lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.seq) == ("deleted", 1) and "1" in problem.sentence and "2" in problem.sentence


def test_rows_deleted_and_the_rest_renumbered_are_named(lane):
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq = 3", lane)
    for seq in (4, 5, 6):
        tamper("UPDATE audit_auditrow SET seq = seq - 1 WHERE lane = %s AND seq = %s", lane, seq)
    assert {"reordered", "deleted"} <= kinds(api.verify())


def test_rows_cut_off_at_the_end_are_named(lane):
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq > 4", lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.seq) == ("deleted", 5)


def test_a_whole_lane_of_rows_deleted_is_named(lane):
    tamper("DELETE FROM audit_auditrow WHERE lane = %s", lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.lane) == ("deleted", lane) and "6" in problem.sentence


def test_a_whole_lane_deleted_with_its_head_is_named(lane):
    tamper("DELETE FROM audit_auditrow WHERE lane = %s", lane)
    tamper("DELETE FROM audit_audithead WHERE lane = %s", lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.lane) == ("deleted", lane)


def test_rows_cut_off_with_a_head_forged_to_fit_are_named(lane):
    fourth = AuditRow.objects.get(lane=lane, seq=4)
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq > 4", lane)
    tamper("UPDATE audit_audithead SET seq = 4, digest = %s WHERE lane = %s", fourth.digest, lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.lane) == ("head", lane)


def test_an_old_head_put_back_with_rows_cut_off_contradicts_the_checkpoint(lane):
    old = AuditHead.objects.get(lane=lane)
    write(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dgs.audit_lane', %s, true)", [str((lane + 1) % LANES)])
    point = api.record_checkpoint(now=NOW)
    assert point.lane != lane and point.facts["heads"][str(lane)][0] == 9 and api.verify().ok
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq > 6", lane)
    tamper("UPDATE audit_audithead SET seq = 6, digest = %s, seal = %s WHERE lane = %s", old.digest, old.seal, lane)
    problem, = api.verify().problems
    assert (problem.kind, problem.lane, problem.seq) == ("checkpoint", lane, 9)


def test_two_rows_that_changed_places_are_named_with_their_true_places(lane):
    for before, after in ((2, -1), (5, 2), (-1, 5)):
        tamper("UPDATE audit_auditrow SET seq = %s WHERE lane = %s AND seq = %s", after, lane, before)
    found = [p for p in api.verify().problems if p.kind == "reordered"]
    assert {(p.seq) for p in found} == {2, 5}
    assert "5" in found[0].sentence and "2" in found[1].sentence


def test_a_row_moved_to_another_lane_is_named(lane):
    other = (lane + 1) % LANES
    tamper("UPDATE audit_auditrow SET lane = %s WHERE lane = %s AND seq = 1", other, lane)
    findings = api.verify()
    assert {"reordered", "deleted"} <= kinds(findings)


def test_a_row_slipped_in_is_named(lane):
    tamper(
        "INSERT INTO audit_auditrow (lane, seq, at, kind, action, actor_name, subject, office, purpose, facts, previous,"
        " digest) SELECT lane, 7, at, kind, action, actor_name, subject, office, purpose, facts, digest, repeat('a', 64)"
        " FROM audit_auditrow WHERE lane = %s AND seq = 6", lane)
    assert {"edited", "head"} <= kinds(api.verify())


def test_a_row_copied_below_the_beginning_is_named(lane):
    tamper("UPDATE audit_auditrow SET seq = 0 WHERE lane = %s AND seq = 1", lane)
    assert "added" in kinds(api.verify())


def test_a_chain_written_under_another_key_is_not_accepted(lane, settings):
    settings.DGS_AUDIT_KEY = "another"
    assert not api.verify().ok


def test_the_table_refuses_change_and_deletion(lane):
    for statement in ("UPDATE audit_auditrow SET action = 'x'", "DELETE FROM audit_auditrow",
                      "DELETE FROM audit_audithead"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditRow.objects.count() == 6 and api.verify().ok


def test_the_table_refuses_to_be_emptied(lane):
    for table in ("audit_auditrow", "audit_audithead"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table}")
    assert api.verify().rows == 6


def test_a_lane_without_head_is_passed_over_and_named(db):
    tamper("DELETE FROM audit_audithead WHERE lane <> 5")
    assert write(2) == 5
    assert len(api.verify().problems) == LANES - 1


def test_without_any_head_the_act_itself_fails(db):
    tamper("DELETE FROM audit_audithead")
    with pytest.raises(api.ChainBroken), transaction.atomic():
        write()
    assert not AuditRow.objects.exists()


def test_lanes_are_not_healed_once_something_was_recorded(lane):
    tamper("DELETE FROM audit_audithead WHERE lane = %s", lane)
    chain.open_lanes()
    assert not AuditHead.objects.filter(lane=lane).exists()


def test_an_undone_savepoint_leaves_no_gap(db):
    write(2)
    with pytest.raises(RuntimeError), transaction.atomic():
        write(3)
        raise RuntimeError
    write(1)
    findings = api.verify()
    assert findings.ok and findings.rows == 3


def test_an_undone_transaction_leaves_no_gap_and_no_row(transactional_db):
    with pytest.raises(RuntimeError), transaction.atomic():
        write(3)
        raise RuntimeError
    with transaction.atomic():
        write(2)
    findings = api.verify()
    assert findings.ok and findings.rows == 2


@contextmanager
def threads(count, work):
    """So many threads, each with its own connection, started together; errors are given back."""
    errors, barrier = [], threading.Barrier(count)

    def run(number):
        try:
            barrier.wait()
            work(number)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    yield errors


def test_parallel_writers_make_a_sound_chain(transactional_db):
    def work(number):
        for turn in range(10):
            with transaction.atomic():
                write(2)
                if turn % 5 == 4:
                    transaction.set_rollback(True)

    with threads(8, work) as errors:
        assert errors == []
    findings = api.verify()
    assert findings.ok and findings.rows == 8 * 8 * 2


def test_a_writer_waits_when_every_lane_is_taken_and_then_goes_on(transactional_db):
    done = []
    taken, free = threading.Event(), threading.Event()

    def work(number):
        if number == 0:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(1096107081, l) FROM generate_series(0, 63) l")
                write(1)
                taken.set()
                free.wait(60)
        else:
            taken.wait(60)
            threading.Timer(0.3, free.set).start()
            with transaction.atomic():
                write(1)
            done.append(free.is_set())

    with threads(2, work) as errors:
        assert errors == []
    assert done == [True]
    assert api.verify().ok and AuditRow.objects.count() == 2


def read_page(number=1):
    return api.record_reading(by=Actor(), subject=f"cases.case:{number}", person=5, purpose="desk", now=NOW)


def test_a_reading_outside_a_transaction_costs_two_statements_and_no_more(transactional_db, django_assert_num_queries):
    with django_assert_num_queries(2):
        row = read_page()
    with django_assert_num_queries(1):
        read_page(2)
    kept = AuditRow.objects.get(subject=row.subject)
    assert (kept.pk, kept.lane, kept.seq, kept.digest) == (row.pk, row.lane, row.seq, row.digest)
    assert api.verify().ok


def test_readings_and_changes_side_by_side_make_a_sound_chain(transactional_db, monkeypatch):
    """All on two lanes, so that readings meet changes and each other all the time; none fails, none is lost."""
    monkeypatch.setattr("dgs.core.audit.actions.random.randrange", lambda _lanes: next(turns) % 2)
    turns = iter(range(10**6))

    def work(number):
        for turn in range(15):
            if number % 2:
                read_page(turn)
            else:
                with transaction.atomic():
                    write(2)

    with threads(8, work) as errors:
        assert errors == []
    findings = api.verify()
    assert findings.ok and findings.rows == 4 * 15 + 4 * 15 * 2


def test_a_reading_takes_another_lane_when_its_own_is_held(transactional_db, monkeypatch):
    monkeypatch.setattr("dgs.core.audit.actions.random.randrange", lambda _lanes: 3)
    held, read = threading.Event(), threading.Event()
    lanes = []

    def work(number):
        if number == 0:
            with transaction.atomic():
                lanes.append(write(1))
                held.set()
                read.wait(60)
        else:
            held.wait(60)
            lanes.append(read_page().lane)
            read.set()

    with threads(2, work) as errors:
        assert errors == []
    assert lanes[0] == 3 and lanes[1] != 3
    assert api.verify().ok and AuditRow.objects.count() == 2


def test_a_check_is_itself_recorded_with_its_outcome(lane):
    assert api.record_check(by=Actor(), now=NOW).ok
    kept = AuditRow.objects.get(action="audit.verified")
    assert kept.facts["ok"] is True and kept.facts["rows"] == 6


def test_somebody_who_is_not_signed_in_is_written_as_anonymous(db):
    from django.contrib.auth.models import AnonymousUser

    row = api.record(action="a.b", by=AnonymousUser(), subject="x:1", now=NOW)
    assert (row.actor, row.actor_name) == (None, "anonymous") and api.verify().ok
