"""Batches, roots, export and the verifier of one file: what is sealed, and that every kind of tampering after it is named."""

import ast
import gzip
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from dgs.core.audit import actions, api, checking, exporting, hashing
from dgs.core.audit.chain import BEGINNING, Content, canonical, digest, seal
from dgs.core.audit.models import AuditHead, AuditRow, Batch, DayRoot, Part
from dgs.core.audit.tests.test_chain import kinds, write

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
DAY = timedelta(days=1)
TOOL = Path(__file__).resolve().parents[5] / "tools" / "verify_audit.py"
TABLES = ("audit_auditrow", "audit_audithead", "audit_batch", "audit_part", "audit_dayroot")


def tamper(statement, *values):
    """Change the tables as the owner of the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        touched = cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert touched


def live(days=3, rows=7):
    """So many days with a few rows in several lanes, each sealed twice and published the morning after."""
    for day in range(days):
        now = NOW + day * DAY
        for half in range(2):
            for turn in range(3):
                actions.LAST.forget()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('dgs.audit_lane', %s, true)", [str(turn * 20 + half)])
                write(rows + turn, now=now)
            assert api.seal(now=now + timedelta(hours=half))
        assert api.publish_day(now=now + DAY)


def kept():
    """What somebody downloaded from the public page."""
    return [exporting.published(root) for root in DayRoot.objects.select_related("stamp").order_by("day")]


@pytest.fixture
def town(db):
    """Three days of life, and the roots that somebody kept."""
    live()
    return kept()


def exported(tmp_path, **days):
    path = tmp_path / f"export-{len(list(tmp_path.iterdir()))}.jsonl.gz"
    api.export(path, since=days.get("since"), until=days.get("until"), now=NOW + 9 * DAY, progress=lambda _rows: None)
    return path


def outside(tmp_path, path, roots=None, *more):
    """The stand-alone verifier in a Python of its own, with nothing of ours in reach."""
    command = [sys.executable, "-I", str(TOOL), str(path), *more]
    if roots is not None:
        file = tmp_path / "roots.json"
        file.write_text(json.dumps({"roots": roots}))
        command += ["--roots", str(file)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, timeout=60)
    return answer.returncode, answer.stdout + answer.stderr


def test_the_verifier_of_one_file_needs_nothing_but_an_old_python():
    tree = ast.parse(TOOL.read_text(), feature_version=(3, 9))
    asked = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    asked |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert asked <= set(sys.stdlib_module_names)


def rfc6962(leaves):
    """The tree as RFC 6962 writes it, by halves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashing.root_of([])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashing.node(rfc6962(leaves[:half]), rfc6962(leaves[half:]))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 1023, 1024, 1025, 2049, 5000, 7168])
def test_a_tree_has_the_shape_of_rfc_6962_whether_it_is_built_at_once_or_leaf_by_leaf(count):
    lines = [f"line {number}" for number in range(count)]
    tree = hashing.Tree()
    for line in lines:
        tree.add(line)
    leaves = [hashing.leaf(line) for line in lines]
    assert tree.root() == hashing.root_of(leaves).hex() == rfc6962(leaves).hex()


def test_what_was_committed_is_sealed_once_in_one_chain(town):
    batches = list(Batch.objects.order_by("number"))
    assert [batch.number for batch in batches] == list(range(1, 7))
    assert [batch.previous for batch in batches] == [BEGINNING, *(batch.digest for batch in batches[:-1])]
    findings = api.verify(published=town)
    assert findings.ok and findings.batches == 6 and findings.days == 3 and findings.sealed == batches[-1].total


def test_nothing_new_makes_no_batch(db):
    assert api.seal(now=NOW) is None
    write(2)
    assert api.seal(now=NOW).rows == 2
    assert api.seal(now=NOW) is None and Batch.objects.count() == 1


def test_a_day_is_published_once_and_the_record_says_so(town):
    assert [root["day"] for root in town] == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert api.publish_day(now=NOW + 3 * DAY) is None
    row = AuditRow.objects.filter(action="audit.root_published").order_by("id").last()
    assert row.facts["digest"] == town[-1]["digest"] and DayRoot.objects.count() == 3


def test_a_published_root_tells_nothing_of_what_is_in_the_record(town):
    assert set(town[0]) == {"day", "batch", "digest", "rows", "published_at", "time_stamp"}


@pytest.mark.parametrize("table", ["audit_batch", "audit_part", "audit_dayroot", "audit_timestamp"])
def test_what_was_sealed_and_published_refuses_change(town, table):
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement)
    assert api.verify(published=town).ok


def test_rows_that_were_cut_off_with_their_head_contradict_their_batch(town, tmp_path):
    lane = 40
    old = AuditRow.objects.get(lane=lane, seq=5)
    tamper("DELETE FROM audit_auditrow WHERE lane = %s AND seq > 5", lane)
    tamper("UPDATE audit_audithead SET seq = 5, digest = %s, seal = %s WHERE lane = %s",
           old.digest, seal(lane, 5, old.digest), lane)
    assert "sealed" in kinds(api.verify())
    code, said = outside(tmp_path, exported(tmp_path))
    assert code == 1 and "Lane 40" in said and "is missing" in said


TAMPERINGS = {
    "a column edited": ("UPDATE audit_auditrow SET actor_name = 'x' WHERE lane = 0 AND seq = 3", "edited"),
    "first row deleted": ("DELETE FROM audit_auditrow WHERE lane = 0 AND seq = 1", "deleted"),
    "row in the middle deleted": ("DELETE FROM audit_auditrow WHERE lane = 20 AND seq = 9", "deleted"),
    "a whole lane deleted": ("DELETE FROM audit_auditrow WHERE lane = 1", "deleted"),
    "row moved to another lane": ("UPDATE audit_auditrow SET lane = 5 WHERE lane = 0 AND seq = 4", "reordered"),
    "row renumbered": ("UPDATE audit_auditrow SET seq = 4000 WHERE lane = 0 AND seq = 4", "reordered"),
    "two rows exchanged": (
        "UPDATE audit_auditrow a SET at = b.at, subject = b.subject, facts = b.facts, previous = b.previous, digest = b.digest"
        " FROM audit_auditrow b WHERE a.lane = 0 AND b.lane = 0 AND (a.seq, b.seq) IN ((2, 5), (5, 2))", "edited"),
    "batch edited": ("UPDATE audit_batch SET rows = rows + 1 WHERE number = 2", "batch"),
    "batch's digest edited": ("UPDATE audit_batch SET digest = repeat('a', 64) WHERE number = 2", "batch"),
    "batch's time edited": ("UPDATE audit_batch SET sealed_at = sealed_at - interval '1 hour' WHERE number = 2", "batch"),
    "batch deleted": ("DELETE FROM audit_batch WHERE number = 3", "deleted"),
    "last batch deleted": ("DELETE FROM audit_batch WHERE number = 6", "deleted"),
    "part deleted": ("DELETE FROM audit_part WHERE batch_id = 3 AND lane = 20", "batch"),
    "part edited": ("UPDATE audit_part SET root = repeat('a', 64) WHERE batch_id = 3 AND lane = 20", "sealed"),
    "root of a day edited": ("UPDATE audit_dayroot SET digest = repeat('a', 64) WHERE day = '2026-11-24'", "day"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_named_inside_and_outside(town, tmp_path, what):
    statement, kind = TAMPERINGS[what]
    tamper(statement)
    assert kind in kinds(api.verify())
    code, said = outside(tmp_path, exported(tmp_path), town)
    assert code == 1 and "SOMETHING IS WRONG" in said


def test_a_deleted_root_contradicts_the_record_and_the_kept_roots(town):
    tamper("DELETE FROM audit_dayroot WHERE day = '2026-11-24'")
    assert {"day", "published"} == kinds(api.verify(published=town))


def test_a_root_slipped_in_is_named(town):
    tamper("INSERT INTO audit_dayroot SELECT '2026-11-22', digest, rows, published_at, batch_id FROM audit_dayroot LIMIT 1")
    assert kinds(api.verify()) == {"day"}


def test_all_batches_deleted_contradict_the_record(town):
    for table in ("audit_part", "audit_dayroot", "audit_batch"):
        tamper(f"DELETE FROM {table}")
    assert {"day"} == kinds(api.verify())


def rewrite(change):
    """What somebody can do who has the key: every row changed as wished, chained and sealed anew, with new batches and roots."""
    days = list(DayRoot.objects.order_by("day").values_list("day", "published_at"))
    marks = list(Batch.objects.order_by("number").values_list("sealed_at", "number"))
    bounds = {number: {part.lane: part.last for part in Part.objects.filter(batch_id=number)} for _at, number in marks}
    roots = dict(DayRoot.objects.values_list("batch_id", "day"))
    for table in ("audit_part", "audit_dayroot", "audit_batch"):
        tamper(f"DELETE FROM {table}")
    upto: dict[int, int] = {}
    heads = {head.lane: head.seq for head in AuditHead.objects.all()}

    def chain_again():
        for lane in heads:
            previous = BEGINNING
            for row in AuditRow.objects.filter(lane=lane).order_by("seq"):
                change(row)
                content = Content(row.id, row.at, row.kind, row.action, row.actor, row.actor_name, row.subject, row.person,
                                  row.office, row.purpose, row.facts, previous)
                mark = digest(lane, row.seq, canonical(content))
                tamper("UPDATE audit_auditrow SET actor_name = %s, facts = %s::jsonb, previous = %s, digest = %s WHERE id = %s",
                       row.actor_name, json.dumps(row.facts), previous, mark, row.id)
                previous = mark
            tamper("UPDATE audit_audithead SET digest = %s, seal = %s WHERE lane = %s",
                   previous, seal(lane, heads[lane], previous), lane)

    chain_again()
    for at, number in marks:
        upto |= bounds[number]
        for lane in heads:
            tamper("UPDATE audit_audithead SET seq = %s WHERE lane = %s", upto.get(lane, 0), lane)
        assert api.seal(now=at).number == number
        if number in roots:
            batch = Batch.objects.get(pk=number)
            DayRoot.objects.create(day=roots[number], batch=batch, digest=batch.digest, rows=batch.total,
                                   published_at=dict(days)[roots[number]])
            row = AuditRow.objects.get(subject=f"audit.dayroot:{roots[number]}")
            facts = {**row.facts, "digest": batch.digest}
            tamper("UPDATE audit_auditrow SET facts = %s::jsonb WHERE id = %s", json.dumps(facts), row.id)
            chain_again()
    for lane, seq in heads.items():
        tamper("UPDATE audit_audithead SET seq = %s WHERE lane = %s", seq, lane)


def test_a_whole_rewrite_with_the_key_is_sound_in_itself_and_caught_by_published_roots_only(town, tmp_path):
    def forge(row):
        if row.lane == 0 and row.seq == 3:
            row.actor_name = "Somebody Else"

    rewrite(forge)
    assert AuditRow.objects.get(lane=0, seq=3).actor_name == "Somebody Else"
    assert api.verify().problems == []
    assert kinds(api.verify(published=town)) == {"published"}
    path = exported(tmp_path)
    assert outside(tmp_path, path)[0] == 0
    code, said = outside(tmp_path, path, town)
    assert code == 1 and "The root published for 2026-11-23 is another" in said


def test_an_older_copy_of_the_database_is_caught_by_published_roots(db, tmp_path):
    live(days=1)
    path, first = exported(tmp_path), kept()
    with transaction.atomic():
        write(5, now=NOW + DAY)
        api.seal(now=NOW + DAY)
        api.publish_day(now=NOW + 2 * DAY)
        later = kept()
        transaction.set_rollback(True)  # as if the copy of the first day were put back
    assert [root["day"] for root in later] == ["2026-11-23", "2026-11-24"]
    assert api.verify(published=first).ok
    assert kinds(api.verify(published=later)) == {"published"}
    code, said = outside(tmp_path, path, later)
    assert code == 1 and "2026-11-24" in said and "cut" in said


def test_an_export_of_some_days_joins_the_published_root_before_it(town, tmp_path):
    path = exported(tmp_path, since=date(2026, 11, 24), until=date(2026, 11, 24))
    code, said = outside(tmp_path, path, town)
    assert code == 0 and "2 batches" in said and "from batch 3 on" in said and "2 of 3 kept roots" in said
    code, said = outside(tmp_path, path, [{**town[0], "digest": "a" * 64}])
    assert code == 1 and "does not follow from the root that was published for 2026-11-23" in said


def test_days_without_a_batch_are_refused_and_leave_no_file(town, tmp_path):
    with pytest.raises(api.NothingSealed):
        exported(tmp_path, until=date(2026, 1, 1))
    assert list(tmp_path.iterdir()) == []


def test_an_export_overwrites_nothing(town, tmp_path):
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        api.export(path, since=None, until=None, now=NOW, progress=lambda _rows: None)
    assert path.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_an_export_that_no_kept_root_lies_in_proves_nothing(town, tmp_path):
    path = exported(tmp_path, until=date(2026, 11, 23))
    code, said = outside(tmp_path, path, town[2:])
    assert code == 1 and "compared with nothing" in said
    pack(path, [lines_of(path)[0], b'{"end": true, "batches": 0, "rows": 0, "roots": 0}'])
    code, said = outside(tmp_path, path)
    assert code == 1 and "no batch" in said


def lines_of(path):
    return gzip.decompress(path.read_bytes()).splitlines()


def pack(path, lines):
    path.write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))


def test_an_export_that_was_changed_on_its_way_is_named(town, tmp_path):
    path = exported(tmp_path)
    lines = lines_of(path)
    rows = [number for number, line in enumerate(lines) if line.startswith(b"[")]
    changes = {
        "edited": lambda made: made.__setitem__(rows[3], made[rows[3]].replace(b"cases.case", b"cases.cast")),
        "deleted": lambda made: made.pop(rows[3]),
        "exchanged": lambda made: made.__setitem__(slice(rows[3], rows[3] + 2), [made[rows[3] + 1], made[rows[3]]]),
        "doubled": lambda made: made.insert(rows[3], made[rows[3]]),
        "cut": lambda made: made.pop(),
        "cut in the middle": lambda made: made.__delitem__(slice(rows[30], None)),
    }
    assert outside(tmp_path, path, town)[0] == 0
    for what, change in changes.items():
        made = list(lines)
        change(made)
        pack(path, made)
        assert outside(tmp_path, path)[0] == 1, what


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[1,2\n", b"\x1f\x8bnonsense", b'{"dgs_audit_export": 2}\n'])
def test_what_is_no_export_is_not_judged(tmp_path, content):
    path = tmp_path / "x.gz"
    path.write_bytes(content if content.startswith(b"\x1f") else gzip.compress(content))
    assert outside(tmp_path, path)[0] in (1, 2) and "IN ORDER." not in outside(tmp_path, path)[1]


def test_the_proof_of_one_row_leads_to_the_published_root(town, tmp_path):
    row = AuditRow.objects.get(lane=20, seq=11)
    file = tmp_path / "proof.json"
    for change in (None, "row", "part", "batch", "roots"):
        told = api.proof(row.pk)
        roots = town
        if change == "row":
            told["row"] = told["row"].replace("cases.case", "cases.cast")
        elif change == "part":
            told["part"] = told["part"].replace("[20,", "[21,")
        elif change == "batch":
            told["batches"][0]["rows"] += 1
        elif change == "roots":
            roots = [{**root, "digest": "a" * 64} for root in town]
        file.write_text(json.dumps(told))
        kept_file = tmp_path / "kept.json"
        kept_file.write_text(json.dumps({"roots": roots}))
        command = [sys.executable, "-I", str(TOOL), "--proof", str(file), "--roots", str(kept_file)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert answer.returncode == (0 if change is None else 1), (change, answer.stdout, answer.stderr)


def test_a_row_that_is_not_yet_in_a_published_root_has_no_proof(town):
    write(1)
    with pytest.raises(api.NothingSealed):
        api.proof(AuditRow.objects.order_by("id").last().pk)


def test_rows_that_were_gone_when_a_batch_was_sealed_stay_named(db, tmp_path):
    write(4)
    tamper("DELETE FROM audit_auditrow WHERE seq = 2")
    assert api.seal(now=NOW).rows == 3
    assert "deleted" in kinds(api.verify())
    code, said = outside(tmp_path, exported(tmp_path))
    assert code == 1 and "3 of rows 1 to 4" in said


def test_the_checkpoint_names_the_last_batch_and_contradicts_another(town):
    api.record_checkpoint(now=NOW + 4 * DAY)
    assert api.verify().ok
    for table in ("audit_part", "audit_batch"):
        tamper(f"DELETE FROM {table} WHERE {'batch_id' if table == 'audit_part' else 'number'} = 6")
    assert "batch" in kinds(api.verify())


def test_two_processes_find_what_one_finds(transactional_db, monkeypatch):
    with transaction.atomic():
        live(days=2, rows=30)
    roots = kept()
    monkeypatch.setattr(checking, "FROM_HERE_IN_PARALLEL", 1)
    monkeypatch.setattr(checking.os, "cpu_count", lambda: 2)
    alone = _alone(roots)
    assert api.verify(published=roots) == alone and alone.ok
    with transaction.atomic():
        tamper("UPDATE audit_auditrow SET office = 'x' WHERE lane IN (0, 40) AND seq = 2")
    found = api.verify(published=roots)
    assert found == _alone(roots) and len(found.problems) == 4


def _alone(roots):
    with transaction.atomic():
        return api.verify(published=roots)


@pytest.mark.django_db(transaction=True)
def test_one_batch_at_a_time_is_sealed():
    import threading

    with transaction.atomic():
        write(3)
    made, barrier = [], threading.Barrier(4)

    def work():
        barrier.wait()
        made.append(api.seal(now=NOW))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([batch for batch in made if batch]) == 1 and Batch.objects.count() == 1
    assert api.verify().ok


@pytest.mark.django_db(transaction=True)
def test_what_is_being_written_while_a_batch_is_sealed_comes_into_the_next():
    import threading

    written, sealed, batches = threading.Event(), threading.Event(), []

    def work():
        with transaction.atomic():
            write(2)
            written.set()
            sealed.wait(30)
        connection.close()

    with transaction.atomic():
        write(1)
    thread = threading.Thread(target=work)
    thread.start()
    written.wait(30)
    batches.append(api.seal(now=NOW))
    sealed.set()
    thread.join()
    batches.append(api.seal(now=NOW))
    assert [batch.rows for batch in batches] == [1, 2] and api.verify().ok
