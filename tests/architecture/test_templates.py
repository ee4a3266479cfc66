"""Every template of the repository: nothing the policy would block, every word translatable, every icon drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dgs.kernel import registry
from dgs.ui.icons import icon_names
from tests.architecture.tree import SOURCE, name

TEMPLATES = sorted(path for path in SOURCE.rglob("templates/**/*") if path.suffix == ".html")
MAIL = {"email", "mail"}
SILENT = re.compile(
    r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}|{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}"
    r"|{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}|<!--.*?-->"
    r"|<(?:style|script|code|kbd)\b[^>]*>.*?</(?:style|script|code|kbd)>",
    flags=re.S,
)
TAG = re.compile(r"{%.*?%}|{{.*?}}", flags=re.S)
SPOKEN = re.compile(r"""\b(?:alt|title|placeholder|aria-label|label)=(?:"([^"]*)"|'([^']*)')""")
# Words that are the same in both languages, names, and examples of what to type.
SAME = re.compile(
    r"\b(English|Indonesia|Rp|SMS|PDF|JPEG|PNG|NIK|KK|NIB|NPWP|NIP|QR|DGS|MT940|CSV|API|WIB|MB|KB|RT|RW|SP4N|LAPOR|BSrE"
    r"|Siti Contohwati|Budi Percobaan|JavaScript|Plt|Plh)\b"
)
LETTERS = re.compile(r"[^\W\d_]{2,}")


def shown(text: str) -> str:
    """What a reader sees or hears of a template that no tag produced."""
    bare = TAG.sub(" ", SILENT.sub(" ", text))
    spoken = " ".join(a or b for a, b in SPOKEN.findall(bare))
    return SAME.sub(" ", re.sub(r"&\w+;", " ", re.sub(r"<[^>]*>", " ", bare)) + " " + spoken)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_holds_nothing_the_policy_would_block(path: Path):
    if MAIL & set(path.parts):
        pytest.skip("a letter by e-mail has no policy")
    text = path.read_text(encoding="utf-8")
    bare = re.sub(r"{%\s*comment\b.*?{%\s*endcomment\s*%}", "", text, flags=re.S)
    assert not re.search(r"\sstyle\s*=", bare), "an inline style attribute"
    assert not re.search(r"<style\b", bare), "an inline style sheet"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", bare), "an inline event handler"
    assert not re.search(r"javascript:", bare), "a javascript: address"
    assert not re.search(r"\shx-(?:on|vals)[\w:-]*\s*=\s*[\"']js:", bare), "htmx code that must be evaluated"
    for opening in re.findall(r"<script\b[^>]*>", bare):
        assert " src=" in opening or 'type="application/json"' in opening, "an inline script"
    for address in re.findall(r"""(?:src|href)=["'](https?://[^"'{]+)""", bare):
        assert not re.search(r"\.(?:js|css|woff2?|png|svg)\b", address), f"something loaded from elsewhere: {address}"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_word_of_a_template_can_be_translated(path: Path):
    found = LETTERS.findall(shown(path.read_text(encoding="utf-8")))
    assert not found, f"words outside translate tags: {' '.join(found[:20])}"


def test_every_icon_that_is_asked_for_is_drawn():
    known, wrong = set(icon_names()), []
    for path in TEMPLATES:
        asked = re.findall(r"{%\s*icon\s+[\"']([^\"']+)[\"']", path.read_text(encoding="utf-8"))
        wrong += [f"{name(path)}: {icon}" for icon in asked if icon not in known]
    wrong += [f"{room.slug}: menu icon {item.icon}" for room in registry.rooms() for item in room.menu if item.icon not in known]
    assert not wrong, "\n".join(wrong)


SCRIPTS = sorted(SOURCE.rglob("static/**/*.js"))


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_is_small_and_evaluates_nothing(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) <= 4096, f"{len(text.encode())} bytes"
    assert not re.search(r"\beval\(|new Function|innerHTML\s*=|document\.write|\.style\b", text)
