"""The door of the banking room: the bank of the demo on both of its sides; channels come by the manifest, calls by HTTP."""

from dgs.core.banking.demo import demo_bank, load_demo_partner
from dgs.core.banking.simulator import Bank, Sent

__all__ = ["Bank", "Sent", "demo_bank", "load_demo_partner"]
