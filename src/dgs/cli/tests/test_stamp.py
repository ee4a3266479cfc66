"""The stamp: what a demo's database remembers, and which databases a demo leaves alone."""

import psycopg
import pytest

from dgs.cli import stamp
from dgs.cli.console import Refused
from dgs.cli.embedded import Embedded


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    server = Embedded(tmp_path_factory.mktemp("stamp") / "postgres", durable=False)
    server.start()
    yield server.url()
    server.stop()


def test_an_empty_database_has_an_empty_stamp(url):
    assert stamp.read(url) == {}


def test_what_is_written_is_read_back_until_the_database_is_emptied(url):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE django_migrations (id int)")
    stamp.write(url, {"region": "medan", "odd": "'; --"})
    assert stamp.read(url) == {"region": "medan", "odd": "'; --"}
    stamp.empty(url)
    assert stamp.read(url) == {}


def test_a_database_with_tables_that_no_demo_made_is_recognised(url):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE ledger (id int)")
    assert stamp.read(url) is None
    stamp.empty(url)


def test_a_server_that_does_not_answer_is_one_sentence(tmp_path):
    with pytest.raises(Refused, match="does not answer"):
        stamp.check_server(f"postgres://nobody@/x?host={tmp_path}")


@pytest.mark.parametrize("address", ["mysql://x", "nonsense"])
def test_an_address_that_is_none_is_one_sentence(address):
    with pytest.raises(Refused, match="must be an address"):
        stamp.check_server(address)


def test_a_server_that_is_too_old_is_one_sentence(url, monkeypatch):
    monkeypatch.setattr(stamp, "OLDEST", 99)
    with pytest.raises(Refused, match="DGS needs PostgreSQL 99 or newer"):
        stamp.check_server(url)


def test_a_digest_changes_with_the_files_it_is_made_of(tmp_path, monkeypatch):
    monkeypatch.setattr(stamp, "checkout", lambda: tmp_path)
    (tmp_path / "src" / "dgs" / "room").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("django==5")
    (tmp_path / "src" / "dgs" / "room" / "a.yaml").write_text("a: 1")
    first = stamp.digest("room/*")
    assert stamp.digest("room/*") == first
    (tmp_path / "src" / "dgs" / "room" / "a.yaml").write_text("a: 2")
    assert stamp.digest("room/*") != first
