"""The inside walls: who imports whom, through which door, and how files are called."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.tree import ROOT, SOURCE, imports, name, python_files, room_of, syntax

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "base"}
OF_A_SUBSYSTEM = {
    "__init__", "apps", "manifest", "permissions", "models", "queries", "actions", "forms", "views", "urls", "tasks",
    "rest", "api",
}  # fmt: skip
LONGEST = 500


def test_imports_keep_the_contracts_of_pyproject(monkeypatch, capsys):
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out


def test_a_room_enters_another_only_by_its_door():
    wrong = []
    for path in python_files():
        room = room_of(path)
        if not room or {"tests", "migrations"} & set(path.parts):
            continue
        for module, line in imports(path):
            parts = module.split(".")
            if parts[0] != "dgs" or len(parts) < 3 or parts[1] not in {"core", "subsystems"} or tuple(parts[1:3]) == room:
                continue
            door = parts[3] if len(parts) > 3 else ""
            if door != "api" and not (door == "models" and path.name == "models.py"):
                wrong.append(f"{name(path)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_the_command_line_and_the_settings_use_doors_too():
    wrong = []
    for path in [*python_files(below=SOURCE / "cli"), *python_files(below=SOURCE / "config")]:
        if "tests" in path.parts:
            continue
        for module, line in imports(path):
            parts = module.split(".")
            if parts[:2] == ["dgs", "core"] and len(parts) > 3 and parts[3] not in {"api", "rest"}:
                wrong.append(f"{name(path)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_kernel_and_design_system_know_no_room():
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for folder in ("kernel", "ui")
        for path in python_files(below=SOURCE / folder)
        for module, line in imports(path)
        if module.startswith(("dgs.core", "dgs.subsystems", "dgs.config", "dgs.cli"))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_has_a_name_that_says_nothing():
    folders = [SOURCE, ROOT / "tests", ROOT / "bench"]
    wrong = [name(path) for folder in folders for path in python_files(below=folder) if path.stem in FORBIDDEN]
    assert not wrong, wrong


def test_a_subsystem_has_only_the_files_of_the_blueprint():
    wrong = []
    for folder in sorted((SOURCE / "subsystems").iterdir()):
        for path in folder.glob("*.py") if folder.is_dir() else ():
            if path.stem not in OF_A_SUBSYSTEM:
                wrong.append(name(path))
    assert not wrong, wrong


def test_every_file_opens_with_a_sentence_about_what_is_in_it():
    wrong = []
    for path in [*python_files(), *python_files(below=ROOT / "tests"), *python_files(below=ROOT / "bench")]:
        text = path.read_text(encoding="utf-8")
        if "migrations" in path.parts or (path.name == "__init__.py" and not text.strip()):
            continue
        said = ast.get_docstring(syntax(path)) or ""
        if not said.strip().splitlines()[:1] or len(said.strip().splitlines()[0]) < 15:
            wrong.append(name(path))
    assert not wrong, wrong


def test_no_file_is_too_long_to_be_read_in_one_go():
    wrong = {}
    for path in python_files():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST and not {"migrations", "tests"} & set(path.parts):
            wrong[name(path)] = lines
    assert not wrong, wrong


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "XX" + "X"])
def test_no_work_is_left_as_a_remark(word):
    wrong = [
        f"{name(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if f"# {word}" in line
    ]
    assert not wrong, wrong
