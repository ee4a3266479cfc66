"""The launcher's file: readable by old Pythons, and it says what is wrong."""

import ast
import subprocess
import sys

import pytest

from dgs.cli.console import checkout

LAUNCHER = checkout() / "dgs"


def test_the_launcher_can_be_read_by_an_old_python():
    ast.parse(LAUNCHER.read_text(), feature_version=(3, 6))


def test_the_launcher_imports_only_the_standard_library_before_it_knows_the_python():
    named = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(LAUNCHER.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert named <= set(sys.stdlib_module_names)


def test_an_old_python_is_told_in_one_sentence():
    code = f"import sys; sys.version_info = (3, 9, 1); __file__ = {str(LAUNCHER)!r}; exec(open(__file__).read(), "
    code += "{'__name__': '__main__', '__file__': __file__})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("dgs: DGS needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", [["dem"], ["demo", "--port", "0"], ["demo", "--region", "jakarta"], ["demo", "x"], []])
def test_a_mistake_on_the_command_line_is_refused_before_anything_is_installed(wrong):
    done = subprocess.run([sys.executable, str(LAUNCHER), *wrong], capture_output=True, text=True)
    assert done.returncode == 2
    assert "usage: dgs" in done.stderr
    assert "Installing" not in done.stdout


def test_help_lists_every_verb():
    done = subprocess.run([sys.executable, str(LAUNCHER), "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for verb in (
        "demo",
        "serve",
        "worker",
        "migrate",
        "test",
        "bench",
        "walkthrough",
        "load",
        "audit",
        "api-token",
        "user",
    ):
        assert f"\n    {verb}" in done.stdout
