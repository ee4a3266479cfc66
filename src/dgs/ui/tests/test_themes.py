"""The regions' looks: what stands in two places, for pages and for letters, is the same."""

import re
from pathlib import Path

import pytest

from dgs import ui
from dgs.ui.themes import THEMES


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_letters_wear_the_colour_of_the_pages(theme):
    tokens = (Path(ui.__file__).parent / "static" / theme.tokens).read_text(encoding="utf-8")
    assert re.search(r"--accent: (#\w{6});", tokens)[1] == theme.accent
