"""DGS, the digital government service platform; only the version stands here."""

__version__ = "0.1.0"
