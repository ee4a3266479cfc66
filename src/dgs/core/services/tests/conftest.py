"""What the tests of the catalogue share: the texts of a real definition to spoil, and a context without a database."""

from datetime import date
from pathlib import Path

import pytest

from dgs.core.services.form_engine import Context
from dgs.core.services.loader import read_sources
from dgs.core.services.loader.examples import sample_region

SUBSYSTEMS = Path(__file__).resolve().parents[3] / "subsystems"


@pytest.fixture
def sources():
    """The route permit as texts by file name: it has lists, tables, fees, findings and every kind of action."""
    return read_sources(SUBSYSTEMS / "transport" / "services" / "route_permit")


@pytest.fixture
def context():
    """Makes a context on 22 November 2026 in which any well-formed place exists and 16.07 is home."""

    def make(values=None, attributes=None, findings=None):
        return Context(values=values or {}, attributes=attributes or {}, findings=findings or {},
                       today=date(2026, 11, 22), region=sample_region, home="16.07")

    return make
