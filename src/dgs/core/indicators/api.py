"""The door of the indicators room: the public figures of the home page."""

from dgs.core.indicators.queries import PublicFigures, public_figures

__all__ = ["PublicFigures", "public_figures"]
