"""The door of the accounts room: accounts, contact, tokens, invitations, throttling; what they may do is in access."""

from dgs.core.accounts.actions import (
    AddressTaken,
    close_account,
    create_user,
    end_token,
    new_token,
    set_password,
)
from dgs.core.accounts.contact import AddressInvalid, mask_address, normal_address, normal_phone
from dgs.core.accounts.demo import DemoAccount, load_demo_accounts
from dgs.core.accounts.events import DemoStaffMade, StaffInvited, StaffJoined
from dgs.core.accounts.queries import Contact, contact_of, user_by_id, user_by_login, user_of_token
from dgs.core.accounts.throttle import TooManyAttempts, check_throttle, forget_attempts, throttle

__all__ = [
    "AddressInvalid",
    "AddressTaken",
    "Contact",
    "DemoAccount",
    "DemoStaffMade",
    "StaffInvited",
    "StaffJoined",
    "TooManyAttempts",
    "check_throttle",
    "close_account",
    "contact_of",
    "create_user",
    "end_token",
    "forget_attempts",
    "load_demo_accounts",
    "mask_address",
    "new_token",
    "normal_address",
    "normal_phone",
    "set_password",
    "throttle",
    "user_by_id",
    "user_by_login",
    "user_of_token",
]
