"""The door of the banking room: the bank of the demo on both sides and as an adversary; channels come by the manifest."""

from dgs.core.banking.adversary.faults import FAULTS
from dgs.core.banking.adversary.judging import Judgement, judge
from dgs.core.banking.adversary.play import Play, known_faults
from dgs.core.banking.adversary.wire import NotHere
from dgs.core.banking.demo import demo_bank, load_demo_partner
from dgs.core.banking.simulator import Bank, Sent

__all__ = [
    "FAULTS", "Bank", "Judgement", "NotHere", "Play", "Sent", "demo_bank", "judge", "known_faults", "load_demo_partner",
]
