"""The door of the audit room: write a row about a change or a reading, and prove the chain whole."""

from dgs.core.audit.actions import ChainBroken, record, record_check, record_checkpoint, record_reading
from dgs.core.audit.queries import Findings, Problem, verify
from dgs.core.audit.readings import readings_of

__all__ = [
    "ChainBroken", "Findings", "Problem", "readings_of", "record", "record_check", "record_checkpoint", "record_reading",
    "verify",
]
