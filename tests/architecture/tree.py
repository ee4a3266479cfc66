"""What the architecture tests read: the files of the tree and what they import; it judges nothing."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "dgs"


def tracked() -> list[Path]:
    """Every file that belongs to the repository; without git (a downloaded archive) every file that is not made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    made = {".venv", "data", "__pycache__", ".git", ".dgs", "node_modules"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.relative_to(ROOT).parts)]


def python_files(*, below: Path = SOURCE) -> list[Path]:
    """The Python files below a folder."""
    return [path for path in sorted(below.rglob("*.py")) if "__pycache__" not in path.parts]


def name(path: Path) -> str:
    """A path as people write it."""
    return str(path.relative_to(ROOT))


@cache
def syntax(path: Path) -> ast.Module:
    """A file as Python reads it, read once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Each imported module as an absolute dotted name (with the imported name behind it) and its line."""
    package = path.relative_to(SOURCE.parent).parent.parts
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            for alias in node.names:
                yield f"{start}{node.module or ''}.{alias.name}".replace("..", "."), node.lineno


def room_of(path: Path) -> tuple[str, ...]:
    """("core", "cases") or ("subsystems", "civil") for a file of a room, () elsewhere."""
    parts = path.relative_to(SOURCE).parts
    return parts[:2] if parts[0] in {"core", "subsystems"} and len(parts) > 2 else ()
