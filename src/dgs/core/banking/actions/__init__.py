"""Everything that changes something here: answering calls, issuing codes, asking acquirers, partners and their keys."""

from dgs.core.banking.actions.asking import ask_open_codes
from dgs.core.banking.actions.partners import end_key, new_key, save_partner
from dgs.core.banking.actions.qr_codes import News, take_news, take_notification, usable_code
from dgs.core.banking.actions.tidying import forget_old
from dgs.core.banking.actions.tokens import give_token
from dgs.core.banking.actions.virtual_accounts import inquire, pay, tell_status

__all__ = [
    "News", "ask_open_codes", "end_key", "forget_old", "give_token", "inquire", "new_key", "pay", "save_partner", "take_news",
    "take_notification", "tell_status", "usable_code",
]
