"""Colours: every pair of tokens that stands on another is readable, in every region, in light and in dark."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders

from dgs.ui.themes import THEMES

TEXT, LARGE = 4.5, 3.0
PAIRS = [
    *[
        ("--ink", ground, TEXT)
        for ground in ("--paper", "--raised", "--mist", "--accent-tint", "--gold-tint", "--red-tint", "--green-tint")
    ],
    *[("--ink-soft", ground, TEXT) for ground in ("--paper", "--raised", "--mist", "--accent-tint")],
    *[("--accent", ground, TEXT) for ground in ("--paper", "--raised", "--mist", "--accent-tint")],
    *[("--gold", ground, TEXT) for ground in ("--paper", "--raised", "--mist", "--gold-tint")],
    *[("--red", ground, TEXT) for ground in ("--paper", "--raised", "--mist", "--red-tint")],
    *[("--green", ground, TEXT) for ground in ("--paper", "--raised", "--mist", "--green-tint")],
    ("--on-accent", "--accent", TEXT),
    ("--on-accent", "--accent-strong", TEXT),
    *[(mark, ground, LARGE) for mark in ("--control", "--focus", "--gold-mark") for ground in ("--paper", "--raised", "--mist")],
    ("--focus", "--accent-tint", LARGE),
]


def blocks(css: str) -> dict[str, dict[str, str]]:
    """The token blocks of a sheet: light, dark by the system's wish, dark by the person's choice."""
    found = {}
    for name, opening in (
        ("light", ":root {"),
        ("system", ':root:not([data-theme="light"]) {'),
        ("chosen", ':root[data-theme="dark"] {'),
    ):
        if opening in css:
            body = css.split(opening, 1)[1].split("}", 1)[0]
            found[name] = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body))
    return found


def sheet(path: str) -> dict[str, dict[str, str]]:
    with open(finders.find(path), encoding="utf-8") as file:
        return blocks(file.read())


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, section 1.4.3."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.slug)
@pytest.mark.parametrize("scheme", ["light", "system"])
def test_every_pair_of_tokens_can_be_read(theme, scheme):
    base, region = sheet("ui/css/base.css"), sheet(theme.tokens)
    tokens = {**base["light"], **region["light"]}
    if scheme != "light":
        tokens |= {**base[scheme], **region[scheme]}
    weak = [
        f"{front} {tokens[front]} on {ground} {tokens[ground]}: {contrast(tokens[front], tokens[ground]):.2f} < {least}"
        for front, ground, least in PAIRS
        if contrast(tokens[front], tokens[ground]) < least
    ]
    assert not weak, "\n".join(weak)


@pytest.mark.parametrize("path", ["ui/css/base.css", *[theme.tokens for theme in THEMES.values()]])
def test_dark_by_the_system_and_dark_by_choice_are_the_same(path):
    found = sheet(path)
    assert found["system"] == found["chosen"]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.slug)
def test_each_region_has_its_tokens_emblem_and_motif(theme):
    for path in (theme.tokens, theme.emblem, theme.motif):
        assert finders.find(path), path
