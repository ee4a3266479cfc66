"""What is written down is true: settings, the map, the commands of the README, and nothing of anybody's machine."""

from __future__ import annotations

import ast
import contextlib
import re

import pytest

from dgs.cli import arguments
from tests.architecture.tree import ROOT, SOURCE, name, python_files, syntax, tracked

SETTING = re.compile(r"^(DGS_[A-Z_]+|DATABASE_URL|CHROMIUM)$")
MADE_BY_THE_LAUNCHER = {"DGS_CHECKOUT"}
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".html", ".css", ".js", ".json", ".sh", ".service", ".conf", ""}


def settings_read() -> dict[str, str]:
    """Each environment variable the program reads, with one file that does."""
    found: dict[str, str] = {}
    files = [*python_files(), *python_files(below=ROOT / "bench"), ROOT / "tests" / "fixtures.py", ROOT / "conftest.py"]
    for path in files:
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SETTING.match(node.value):
                found.setdefault(node.value, name(path))
    return found


def test_every_setting_is_documented():
    documented = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    silent = {
        setting: path
        for setting, path in settings_read().items()
        if f"`{setting}`" not in documented and setting not in MADE_BY_THE_LAUNCHER
    }
    assert not silent, silent


def test_every_decision_has_a_number_of_its_own():
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. "), path.name


def test_no_setting_is_documented_that_nothing_reads():
    documented = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    named = {word for word in re.findall(r"`([A-Z_]+)`", documented) if SETTING.match(word)}
    assert named <= set(settings_read()), named - set(settings_read())


def test_the_map_is_short_and_every_path_in_it_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    gone = []
    for word in re.findall(r"`([^`\s]+)`", text):
        path = word.rstrip("/")
        if not re.fullmatch(r"[\w.\-/]+", path) or not ("/" in path or path.endswith((".md", ".toml", ".txt"))):
            continue
        if not ((ROOT / path).exists() or (SOURCE / path).exists()):
            gone.append(word)
    assert not gone, gone


def test_the_map_names_every_room():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (SOURCE / "core").iterdir() if (path / "apps.py").exists()]
    rooms += [path.name for path in (SOURCE / "subsystems").iterdir() if (path / "apps.py").exists()]
    assert not [room for room in rooms if not re.search(rf"\b{room}\b", text)]


@pytest.mark.parametrize("document", ["README.md", "README.id.md", "CONTRIBUTING.md"])
def test_every_command_in_the_documents_is_one_the_launcher_knows(document, capsys):
    text = (ROOT / document).read_text(encoding="utf-8")
    commands = re.findall(r"^\s*(?:\$ )?\./dgs ([^\n#`]+)", text, flags=re.M) + re.findall(r"`\./dgs ([^`]+)`", text)
    assert commands
    for command in commands:
        with contextlib.suppress(SystemExit):
            arguments.read(command.split())
            continue
        assert "--help" in command, f"{document}: ./dgs {command}: {capsys.readouterr().err}"


@pytest.mark.parametrize("document", ["README.md", "README.id.md"])
def test_both_commands_and_every_picture_of_the_readme_are_there(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    assert "./dgs demo" in text
    assert "./dgs test" in text
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (ROOT / picture).is_file(), picture


def test_every_verb_explains_itself(capsys):
    for verb in set(arguments.VERBS) - arguments.PASSED_ON:
        with pytest.raises(SystemExit) as left:
            arguments.read([verb, "--help"])
        assert left.value.code == 0
        assert "usage: dgs " + verb in capsys.readouterr().out


def test_no_file_names_a_package_registry():
    registries = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "registry.np" + "mjs",
        "--index-" + "url",
        "--extra-index-" + "url",
    ]
    wrong = []
    for path in tracked():
        if path.suffix in TEXT:
            text = path.read_text(encoding="utf-8", errors="replace")
            wrong += [f"{name(path)}: {registry}" for registry in registries if registry in text]
    assert not wrong, wrong


def test_every_pinned_package_has_hashes():
    for file in ("requirements.txt", "requirements-dev.txt"):
        blocks = re.split(r"\n(?=\S)", (ROOT / file).read_text(encoding="utf-8"))
        bare = [block.split()[0] for block in blocks if "==" in block.splitlines()[0] and "--hash=sha256:" not in block]
        assert not bare, bare
