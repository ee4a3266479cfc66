"""The interface's words: finds those without Indonesian, adds them to a catalogue, compiles the catalogues.

`python -m dgs.cli.translations` lists what is missing, `--add` writes empty entries to fill in, `--compile` makes the
.mo files. English is what stands in the code, so it needs no catalogue.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.reloader import translation_file_changed

from dgs.cli.console import checkout

CALLS = {
    "_": ("msgid",),
    "gettext": ("msgid",),
    "gettext_lazy": ("msgid",),
    "gettext_noop": ("msgid",),
    "ngettext": ("msgid", "plural"),
    "ngettext_lazy": ("msgid", "plural"),
    "pgettext": ("context", "msgid"),
    "pgettext_lazy": ("context", "msgid"),
    "npgettext": ("context", "msgid", "plural"),
    "npgettext_lazy": ("context", "msgid", "plural"),
}
LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
IN_TEMPLATE = re.compile(rf"\b(_|n?p?gettext)\(\s*({LITERAL})(?:\s*,\s*({LITERAL}))?(?:\s*,\s*({LITERAL}))?")
LANGUAGE = "id"


@dataclass(frozen=True)
class Word:
    """One text to translate and where it stands."""

    msgid: str
    context: str | None
    plural: str | None
    path: Path
    line: int


def source() -> Path:
    """The package's folder."""
    return checkout() / "src" / "dgs"


def words() -> Iterator[Word]:
    """Every text that the code and the templates mark for translation."""
    for path in sorted(source().rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield from _in_python(path)
    for path in sorted(p for p in source().rglob("templates/**/*") if p.is_file()):
        yield from _in_template(path)


def missing() -> list[Word]:
    """The texts that have no Indonesian, an empty or an unsure (fuzzy) one, each once."""
    known = {
        (entry.msgctxt, entry.msgid)
        for path in [*catalogues(), *_of_libraries()]
        for entry in polib.pofile(str(path))
        if entry.translated() and not entry.obsolete
    }
    found: dict[tuple[str | None, str], Word] = {}
    for word in words():
        key = (word.context, word.msgid)
        if key not in known:
            found.setdefault(key, word)
    return list(found.values())


def unsure() -> list[str]:
    """Entries of our catalogues that are fuzzy or whose placeholders differ from the English."""
    wrong = []
    for path in catalogues():
        for entry in polib.pofile(str(path)):
            if entry.obsolete:
                continue
            said = [entry.msgstr, *entry.msgstr_plural.values()]
            wanted = set(re.findall(r"%\(\w+\)[sd]", entry.msgid + entry.msgid_plural))
            if entry.fuzzy or any(text and set(re.findall(r"%\(\w+\)[sd]", text)) - wanted for text in said):
                wrong.append(f"{path.relative_to(checkout())}: {entry.msgid}")
    return wrong


def catalogues() -> list[Path]:
    """Our catalogues of Indonesian."""
    return sorted(source().rglob(f"locale/{LANGUAGE}/LC_MESSAGES/django.po"))


def compile_all() -> int:
    """Make each .mo that is missing or older than its .po; how many were made. This process speaks by them from then on."""
    made = 0
    for path in sorted(source().rglob("locale/*/LC_MESSAGES/django.po")):
        compiled = path.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime:
            continue
        fresh = compiled.with_suffix(f".{os.getpid()}")
        polib.pofile(str(path)).save_as_mofile(str(fresh))
        fresh.replace(compiled)
        made += 1
    if made:
        # Django reads the catalogues while it is set up, and keeps what it found: of a fresh checkout, nothing.
        translation_file_changed(None, compiled)
    return made


def catalogue_for(path: Path) -> Path:
    """Where the words of a file belong: its room's catalogue, or for kernel and settings the design system's."""
    parts = path.relative_to(source()).parts
    room = {"core": 2, "subsystems": 2, "ui": 1}.get(parts[0])
    home = source().joinpath(*parts[:room]) if room else source() / "ui"
    return home / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def add(found: list[Word]) -> None:
    """Write an empty entry for each word into its catalogue, for a person to fill in."""
    for target in sorted({catalogue_for(word.path) for word in found}):
        if target.exists():
            catalogue = polib.pofile(str(target), wrapwidth=110)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            catalogue = polib.POFile(wrapwidth=110)
            catalogue.metadata = {
                "Language": LANGUAGE,
                "MIME-Version": "1.0",
                "Content-Type": "text/plain; charset=UTF-8",
                "Content-Transfer-Encoding": "8bit",
                "Plural-Forms": "nplurals=1; plural=0;",
            }
        for word in found:
            if catalogue_for(word.path) == target and not catalogue.find(word.msgid, msgctxt=word.context or False):
                entry = polib.POEntry(msgid=word.msgid, msgctxt=word.context)
                entry.occurrences = [(str(word.path.relative_to(source())), "")]
                if word.plural:
                    entry.msgid_plural, entry.msgstr_plural = word.plural, {0: ""}
                catalogue.append(entry)
        catalogue.save(str(target))


def _of_libraries() -> list[Path]:
    """Catalogues that are loaded at run time: Django's own, and those of the installed applications of others."""
    import allauth
    import django

    base = Path(django.__file__).parent
    used = [base / "conf", *(base / "contrib" / name for name in ("auth", "contenttypes", "postgres"))]
    roots = [*used, Path(allauth.__file__).parent]
    return [path for root in roots for path in root.glob(f"locale/{LANGUAGE}/LC_MESSAGES/django.po")]


def _in_python(path: Path) -> Iterator[Word]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in CALLS:
            values = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            yield from _word(name, values, path, node.lineno)


def _in_template(path: Path) -> Iterator[Word]:
    from django.utils.translation.template import templatize

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    for found in IN_TEMPLATE.finditer(templatize(text, origin=str(path))):
        values = [ast.literal_eval(part) for part in found.groups()[1:] if part]
        yield from _word(found[1], values, path, 0)


def _word(name: str, values: list[str], path: Path, line: int) -> Iterator[Word]:
    given = dict(zip(CALLS[name], values, strict=False))
    if given.get("msgid"):
        yield Word(given["msgid"], given.get("context"), given.get("plural"), path, line)


def main(argv: list[str] | None = None) -> int:
    """List, add or compile; 1 when something is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--add", action="store_true", help="write empty entries for what is missing")
    parser.add_argument("--compile", action="store_true", help="make the .mo files")
    options = parser.parse_args(argv)
    if options.compile:
        print(f"{compile_all()} catalogues compiled")
        return 0
    found = missing()
    for word in found:
        print(f"{word.path.relative_to(checkout())}:{word.line}: {word.msgid!r}")
    for line in unsure():
        print(f"unsure: {line}")
    if options.add:
        add(found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
