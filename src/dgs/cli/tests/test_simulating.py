"""The simulated bank against a real web server and worker: the whole round, and that a wrong book is noticed."""

import argparse
import sys

import pytest

from dgs.cli import arguments, simulating, stamp
from dgs.cli.console import Refused
from dgs.cli.killing import Killer
from dgs.cli.tests.instance import SOURCE, address, running
from dgs.core.banking import api as banking


@pytest.fixture
def server(loaded_region, settings, tmp_path):
    """A web server and a worker over the database of this test."""
    settings.DEMO = True
    banking.load_demo_partner("banyuasin")
    with running(tmp_path) as instance:
        yield instance


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_a_bank_with_all_its_faults_loses_and_doubles_nothing_and_a_wrong_book_is_noticed(server, tmp_path, capsys):
    play = banking.Play(
        url=server.url, folder=tmp_path / "statements" / "in", days_count=3, bills_count=45, seed=20261128, clients=4,
        say=lambda _line: None,
    )
    play.go()
    found = banking.judge(play)
    assert found.ok, "\n".join(found.lines())
    assert set(found.tallies) == {"none", *banking.FAULTS} and found.bank == found.treasury == found.matched + found.listed > 0
    assert found.tallies["parallel"].sent > 100 and found.tallies["wrong-signature"].refused["4012500"]
    assert "Every rupiah stands exactly once." in found.lines()

    case = next(one for one in play.cases if one.fault == "replay")
    case.state, case.receipts = "open", 2
    play.book.credit(0, 5_000, "UANG YANG TIDAK PERNAH DIKABARKAN")
    said = "\n".join(banking.judge(play).lines())
    assert "it should be open" in said and "receipts stand for it, not 2" in said
    assert "times more than we" in said and "the ledger says" in said and "Every rupiah" not in said


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_while_its_dgs_is_killed_a_bank_says_again_what_broke_off_and_every_rupiah_stands_once(
    server, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(simulating, "KILL_EVERY", 0.5)
    options = arguments.read(["simulate", "bank", "--kill", "--days", "1", "--bills", "16", "--clients", "2"])
    killer = Killer(web=server.web, worker=server.worker, url=server.database)
    code = simulating._play(options, server.url, tmp_path, killer)
    said = capsys.readouterr().out
    assert code == 0 and "Every rupiah stands exactly once." in said, said
    assert f"Killed meanwhile: {killer.killed['web workers']} web workers, " in said and killer.killed.total() > 0


@pytest.mark.parametrize("foreign", [["--url", "http://127.0.0.1:8000"], ["--data", "data"]])
def test_processes_of_a_dgs_that_runs_already_are_not_killed(foreign):
    with pytest.raises(Refused, match="only for a DGS that simulate starts itself"):
        simulating.run(arguments.read(["simulate", "bank", "--kill", *foreign]))


@pytest.mark.parametrize("url", ["https://127.0.0.1:8000", "http://dgs.example", "http://127.0.0.1:1/x", "http://10.0.0.1", "x"])
def test_only_this_machine_is_ever_called(url):
    from dgs.core.banking.adversary.wire import Wire

    with pytest.raises(banking.NotHere):
        Wire(url)


def test_faults_are_named_and_unknown_ones_refused():
    assert banking.known_faults(["all"]) == tuple(banking.FAULTS) and banking.known_faults(["none"]) == ()
    assert banking.known_faults(["late", "doubled", "late"]) == ("late", "doubled")
    with pytest.raises(ValueError, match="lost"):
        banking.known_faults(["late", "lost"])


def test_the_document_names_every_fault():
    text = (SOURCE.parent / "docs" / "reference" / "simulated-bank.md").read_text(encoding="utf-8")
    assert not [name for name in banking.FAULTS if f"| `{name}` |" not in text]


@pytest.mark.parametrize(("days", "bills"), [("15", "10"), ("3", "50001")])
def test_too_much_is_refused_before_anything_starts(days, bills):
    with pytest.raises(Refused, match="1 to 14"):
        simulating.run(arguments.read(["simulate", "bank", "--days", days, "--bills", bills]))


def test_a_running_dgs_without_a_demos_books_is_refused(db, tmp_path, monkeypatch):
    (tmp_path / "secrets.json").write_text("{}")
    monkeypatch.setattr(simulating.os, "environ", {"DATABASE_URL": address()})
    options = argparse.Namespace(url="http://127.0.0.1:1", data=str(tmp_path))
    monkeypatch.setattr(simulating.stamp, "read", lambda url: None)
    with pytest.raises(Refused, match="invented money"), simulating._running(options):
        pass
    monkeypatch.setattr(simulating.stamp, "read", lambda url: {"region": "banyuasin", "bank": "x"})
    with simulating._running(options) as folder:
        assert folder == tmp_path and simulating.os.environ["DGS_REGION"] == "banyuasin"
    with pytest.raises(Refused, match="--data"), simulating._running(argparse.Namespace(url="x", data=str(tmp_path / "no"))):
        pass


@pytest.mark.parametrize(
    ("url", "beside"),
    [
        ("postgres:///dgs", "postgres:///x"), ("postgres://a:b@h:5/dgs?sslmode=require", "postgres://a:b@h:5/x?sslmode=require"),
        ("postgres://postgres@/postgres?host=/tmp/s", "postgres://postgres@/x?host=/tmp/s"), ("postgres://h", "postgres://h/x"),
    ],
)
def test_a_database_beside_another_has_the_same_address_but_its_name(url, beside):
    assert stamp.beside(url, "x") == beside


def test_an_interrupted_play_says_so_by_its_exit_code(monkeypatch):
    from dgs.cli import __main__ as launcher

    def interrupted(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(simulating, "run", interrupted)
    monkeypatch.setattr(sys, "argv", ["dgs"])
    assert launcher.main(["simulate", "bank"]) == 130
