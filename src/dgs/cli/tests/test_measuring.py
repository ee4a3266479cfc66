"""The verb `bench`: which script it hands over to, and with which options."""

import sys

import pytest

from dgs.cli import arguments, measuring


@pytest.mark.parametrize(
    ("words", "script", "rest"),
    [
        (["bench"], "run.py", []),
        (["bench", "--seconds", "3"], "run.py", ["--seconds", "3"]),
        (["bench", "statements", "--lines", "9"], "statements.py", ["--lines", "9"]),
        (["bench", "bills", "--profile"], "bills.py", ["--profile"]),
        (["bench", "callbacks", "--seconds", "3"], "callbacks.py", ["--seconds", "3"]),
        (["bench", "audit", "--rows", "9"], "audit.py", ["--rows", "9"]),
        (["bench", "../../etc"], "run.py", ["../../etc"]),
    ],
)
def test_the_first_word_names_the_bench_and_the_rest_is_handed_on(words, script, rest, monkeypatch):
    run = []
    monkeypatch.setattr(sys, "argv", ["dgs", *words])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(measuring.runpy, "run_path", lambda path, run_name: run.append((path, list(sys.argv), run_name)))
    assert measuring.run(arguments.read(words)) == 0
    ((path, argv, name),) = run
    assert path.endswith(f"/bench/{script}") and argv[1:] == rest and name == "__main__"
