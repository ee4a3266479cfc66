"""The door of the accounts room: accounts, contact, tokens, invitations, throttling; what they may do is in access."""

from dgs.core.accounts.actions import (
    AddressTaken,
    close_account,
    create_user,
    drop_second_step,
    end_token,
    new_token,
    set_password,
)
from dgs.core.accounts.contact import AddressInvalid, normal_address, normal_phone
from dgs.core.accounts.demo import DemoAccount, load_demo_accounts
from dgs.core.accounts.events import (
    AccountClosed,
    CitizenJoined,
    DemoStaffMade,
    SecondStepEnding,
    StaffInvited,
    StaffJoined,
)
from dgs.core.accounts.invitations import InvitationGone, invite_staff
from dgs.core.accounts.oidc import unreadable_providers
from dgs.core.accounts.pins import PinLocked, PinMissing, PinWrong, check_sms_pin, has_sms_pin, set_sms_pin
from dgs.core.accounts.queries import Contact, contact_of, has_second_step, user_by_id, user_by_login, user_of_token, whose
from dgs.core.accounts.registration import PRIVACY_VERSION
from dgs.core.accounts.sms import begin as begin_by_sms
from dgs.core.accounts.sms import go_on as go_on_by_sms
from dgs.core.accounts.throttle import TooManyAttempts, check_throttle, client_address, exact_address, forget_attempts, throttle
from dgs.core.accounts.unsaved import Unsaved, keep_own_answers, lead_to, unsaved_answers

__all__ = [
    "AccountClosed",
    "AddressInvalid",
    "AddressTaken",
    "CitizenJoined",
    "Contact",
    "DemoAccount",
    "DemoStaffMade",
    "InvitationGone",
    "PRIVACY_VERSION",
    "PinLocked",
    "PinMissing",
    "PinWrong",
    "SecondStepEnding",
    "StaffInvited",
    "StaffJoined",
    "TooManyAttempts",
    "Unsaved",
    "begin_by_sms",
    "check_sms_pin",
    "check_throttle",
    "client_address",
    "close_account",
    "contact_of",
    "create_user",
    "drop_second_step",
    "end_token",
    "exact_address",
    "forget_attempts",
    "go_on_by_sms",
    "has_second_step",
    "has_sms_pin",
    "invite_staff",
    "keep_own_answers",
    "lead_to",
    "load_demo_accounts",
    "new_token",
    "normal_address",
    "normal_phone",
    "set_password",
    "set_sms_pin",
    "throttle",
    "unsaved_answers",
    "unreadable_providers",
    "user_by_id",
    "user_by_login",
    "user_of_token",
    "whose",
]
