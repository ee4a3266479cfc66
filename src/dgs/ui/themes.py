"""The look of each region: its names, emblem, motif and token file; colours stand in static/ui/themes/*.css."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dgs.kernel.manifest import Text


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What the pages show of a region before any query: `government` is its full name, `short` the one for small
    screens, `place` the bare name
    and `centre` where a map opens (latitude, longitude)."""

    slug: str
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
            government=_("Government of Banyuasin Regency"),
            short=_("Banyuasin Regency"),
            place="Banyuasin",
            centre=(-2.88, 104.38),
        ),
        Theme(slug="medan", government=_("Government of Medan City"), short=_("Medan City"), place="Medan", centre=(3.59, 98.67)),
        Theme(
            slug="banten",
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
