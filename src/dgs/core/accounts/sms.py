"""Accounts by SMS: making one step by step (AKUN), and answering the code that confirms a number (KODE).

The senders of SMS can be forged, so that a number is proved only by the code that was sent to it; the account has no password
until its owner chooses one, by the code of the page for a forgotten one.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import codes, recovery, registration
from dgs.core.accounts.actions import AddressTaken
from dgs.core.accounts.contact import Address
from dgs.core.accounts.forms import BirthForm
from dgs.core.accounts.queries import user_by_login
from dgs.core.accounts.throttle import TooManyAttempts, throttle
from dgs.core.messaging.api import NO, YES, Answer, Sms, cut, picked, word_of
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.kernel.errors import InvalidInput, RuleBroken
from dgs.kernel.manifest import SmsCommand
from dgs.ui import formats

AGAIN = {"KIRIM", "SEND", "BARU", "NEW"}
NIKS_AN_HOUR = 10
SECRET = {"nik", "birth_place", "birth_on", "address", "village", "code"}


def begin(sms: Sms) -> str | Answer:
    """The first question, unless the number has an account."""
    if sms.whose is not None:
        return _("This number has an account. Sign in at %(link)s. What you can do by SMS: HELP") % {
            "link": settings.BASE_URL + reverse("account_login")
        }
    if user_by_login(sms.number) is not None:
        return _("An account with this number was closed. Please come to a service counter with your KTP.")
    return _ask("name", {}, head=_("Let us make your account. To stop: CANCEL."))


def go_on(sms: Sms, known: dict) -> str | Answer:
    """The answer to the last question; a wrong one is asked again with the reason."""
    step, state = known["account"], dict(known["state"])
    try:
        return STEPS[step](sms, state)
    except TooManyAttempts as refusal:
        return str(refusal)
    except InvalidInput as refusal:
        return _ask(step, state, head=refusal.in_words())


def kode(sms: Sms) -> str:
    """The code that was sent to this number to confirm it for an account."""
    try:
        user = recovery.confirm_by_sms(number=sms.number, typed=sms.rest[:20], now=sms.now)
    except (InvalidInput, AddressTaken) as refusal:
        return refusal.in_words()
    if user is None:
        return _("No code was asked for this number in an account. Sign in, open My profile and add the number there.")
    return _("Thank you. This number is confirmed for your account. What you can do by SMS: HELP")


def _ask(step: str, state: dict, *, head: str = "") -> Answer:
    text = _questions(state)[step]
    return Answer(
        f"{cut(head, 150)} {text}" if head else text, known={"account": step, "state": state}, is_secret=step in SECRET
    )


def _questions(state: dict) -> dict[str, str]:
    born = formats.day(state["suggested_on"]) if "suggested_on" in state else ""
    sex = {"L": _("male"), "P": _("female")}.get(state.get("sex", ""), "")
    notice = settings.BASE_URL + reverse("portal:privacy")
    village = _("In which village (desa or kelurahan)?")
    if labels := state.get("labels"):
        lines = [f"{number}. {cut(label, 44)}" for number, label in enumerate(labels, start=1)]
        village = "\n".join([_("Which one? Answer with its number."), *lines])
    return {
        "name": _("What is your full name, as on your KTP?"),
        "nik": _("What is your NIK? The 16 digits of your KTP; we store them encrypted."),
        "birth_on": _("By your NIK you were born on %(born)s, %(sex)s. Right? Answer YES, or write the day, as 31-01-1990.") % {
            "born": born, "sex": sex
        },
        "birth_place": _("Where were you born?"),
        "address": _("Where do you live? Street and number, RT and RW."),
        "village": village,
        "consent": _("May the government keep and use your data for the services you ask for? Privacy notice: %(link)s Answer "
                     "YES or NO.") % {"link": notice},
        "code": _("We have sent a code to this number. Answer with its six digits. None came? Answer SEND"),
    }


def _name(sms: Sms, state: dict) -> str | Answer:
    # "Let us make your account" is answered by many before the question that follows it.
    if word_of(sms.rest) in NO:
        return _("Nothing was kept.")
    if word_of(sms.rest) in YES:
        return _ask("name", state)
    return _ask("nik", {**state, "name": parties.clean_person_name(sms.rest[:200])})


def _nik(sms: Sms, state: dict) -> Answer:
    throttle(kind="signup-nik", key=sms.number, limit=NIKS_AN_HOUR, seconds=3600, now=sms.now)
    facts = parties.check_nik(sms.rest[:40])
    registration.check_free(nik=facts.nik, address=Address("sms", sms.number))
    return _ask("birth_on", {**state, "nik": facts.nik, "suggested_on": facts.birth_on.isoformat(), "sex": facts.sex})


def _birth_on(sms: Sms, state: dict) -> Answer:
    typed = state["suggested_on"] if word_of(sms.rest) in YES else sms.rest[:40].replace(".", "-").replace(" ", "-")
    form = BirthForm({"birth_on": typed, "birth_place": "-", "sex": state["sex"]})
    if form.errors.get("birth_on"):
        raise InvalidInput({"birth_on": list(form.errors["birth_on"])})
    return _ask("birth_place", {**state, "birth_on": form.cleaned_data["birth_on"].isoformat()})


def _birth_place(sms: Sms, state: dict) -> Answer:
    return _ask("address", {**state, "birth_place": parties.clean_text(sms.rest, "birth_place", 100)})


def _address(sms: Sms, state: dict) -> Answer:
    return _ask("village", {**state, "address": parties.clean_text(sms.rest, "address", 300)})


def _village(sms: Sms, state: dict) -> Answer:
    typed, shown = sms.rest.strip(" .)"), state.pop("places", [])
    state.pop("labels", None)
    if (code := picked(typed, shown)) is not None:
        return _ask("consent", {**state, "region": code})
    found = regions.search(typed[:100], level=4, within=regions.home_region().code, limit=6) if len(typed) > 1 else []
    found = list(found) or (list(regions.search(typed[:100], level=4, limit=6)) if len(typed) > 1 else [])
    exact = [place for place in found if place.name.lower() == typed.lower()]
    found = exact or found
    if len(found) == 1:
        return _ask("consent", {**state, "region": found[0].code})
    if not found:
        return _ask("village", state, head=_("We do not know this village."))
    shown = found[:5]
    return _ask("village", {
        **state, "places": [place.code for place in shown], "labels": [place.path_label for place in shown]
    })


def _consent(sms: Sms, state: dict) -> str | Answer:
    if word_of(sms.rest) in NO:
        return _("Without this we may not keep your data. Nothing was kept.")
    if word_of(sms.rest) not in YES:
        return _ask("consent", state)
    _send_code(sms)
    return _ask("code", {**state, "consent": True})


def _code(sms: Sms, state: dict) -> str | Answer:
    if word_of(sms.rest) in AGAIN:
        _send_code(sms)
        return _ask("code", state)
    address = Address("sms", sms.number)
    try:
        registration.prove_address(address=address, typed=sms.rest[:20], now=sms.now)
    except codes.CodeGone:
        return _ask("code", state, head=_("This code is no longer valid. For a new one answer SEND."))
    citizen = registration.NewCitizen(
        name=state["name"], nik=state["nik"], birth_place=state["birth_place"], birth_on=date.fromisoformat(state["birth_on"]),
        sex=state["sex"], address=state["address"], region=regions.by_code(state["region"]),
    )
    try:
        registration.register_citizen(
            address=address, citizen=citizen, password=None, consent=state["consent"], language=sms.language, now=sms.now
        )
    except RuleBroken as refusal:
        return refusal.in_words()
    return _("Your account is ready. To use the pages as well choose a password at %(link)s. What you can do by SMS: HELP") % {
        "link": settings.BASE_URL + reverse("account_reset_password")
    }


def _send_code(sms: Sms) -> None:
    registration.begin(address=Address("sms", sms.number), language=sms.language, now=sms.now)


STEPS = {
    "name": _name, "nik": _nik, "birth_on": _birth_on, "birth_place": _birth_place, "address": _address, "village": _village,
    "consent": _consent, "code": _code,
}
COMMANDS = (
    SmsCommand(
        word="AKUN", english=("ACCOUNT",), answer=begin, go_on=go_on, leads=("KODE", "CODE"), order=50,
        usage="AKUN", help=gettext_lazy("makes your account for this number"),
    ),
    SmsCommand(
        word="KODE", english=("CODE",), answer=kode, is_secret=True, order=51,
        usage=gettext_lazy("CODE <six digits>"), help=gettext_lazy("answers the code that confirms this number"),
    ),
)
