"""The look of each region: its names, emblem, motif and token file; colours stand in static/ui/themes/*.css."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Text


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What the pages show of a region before any query: `government` is its full name, `short` the one for small
    screens, `place` the bare name, `centre` where a map opens (latitude, longitude), `accent` the colour of letters
    (the same as in its tokens), `code` the region's code of Kemendagri."""

    slug: str
    code: str
    accent: str
    government: Text
    short: Text
    place: Text
    centre: tuple[float, float]

    @property
    def tokens(self) -> str:
        """Static path of the region's colours."""
        return f"ui/themes/{self.slug}.css"

    @property
    def emblem(self) -> str:
        """Static path of the mark we drew to stand in for the coat of arms."""
        return f"ui/emblems/{self.slug}.svg"

    @property
    def motif(self) -> str:
        """Static path of the woven band."""
        return f"ui/motifs/{self.slug}.svg"


THEMES = {
    theme.slug: theme
    for theme in (
        Theme(
            slug="banyuasin",
            code="16.07",
            accent="#14507a",
            government=_("Government of Banyuasin Regency"),
            short=_("Banyuasin Regency"),
            place="Banyuasin",
            centre=(-2.88, 104.38),
        ),
        Theme(
            slug="medan",
            code="12.71",
            accent="#1f6f43",
            government=_("Government of Medan City"),
            short=_("Medan City"),
            place="Medan",
            centre=(3.59, 98.67),
        ),
        Theme(
            slug="banten",
            code="36",
            accent="#0b6b6b",
            government=_("Government of Banten Province"),
            short=_("Banten Province"),
            place="Banten",
            centre=(-6.12, 106.15),
        ),
    )
}


def current_theme() -> Theme:
    """The theme of settings.REGION; an unknown region wears the first one."""
    return THEMES.get(settings.REGION) or next(iter(THEMES.values()))
