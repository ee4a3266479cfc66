"""The door of the audit room: write a row about a change or a reading, seal and publish, and prove the record whole."""

from dgs.core.audit.actions import ChainBroken, record, record_check, record_checkpoint, record_reading
from dgs.core.audit.checking import Findings, Problem, verify
from dgs.core.audit.exporting import NothingSealed, export, proof
from dgs.core.audit.readings import readings_of
from dgs.core.audit.sealing import publish_day, seal

__all__ = [
    "ChainBroken", "Findings", "NothingSealed", "Problem", "export", "proof", "publish_day", "readings_of", "record",
    "record_check", "record_checkpoint", "record_reading", "seal", "verify",
]
