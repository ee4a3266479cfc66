"""Making a citizen's account: proving an address, the person's record, consent; the pages are in views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts.actions import AddressTaken, create_user
from dgs.core.accounts.codes import send_code, send_instead_of_code, use_code
from dgs.core.accounts.contact import Address
from dgs.core.accounts.events import CitizenJoined
from dgs.core.accounts.models import User
from dgs.core.accounts.queries import user_by_login
from dgs.core.audit import api as audit
from dgs.core.parties import api as parties
from dgs.kernel import events
from dgs.kernel.errors import InvalidInput
from dgs.kernel.protection import keyed_hash

PURPOSE = "signup"
PRIVACY_VERSION = "2026-11-22"


class NikTaken(InvalidInput):
    """The NIK belongs to a record that this person has not proved to be theirs; whose it is stays unsaid."""

    code = "nik-taken"
    sentence = gettext_lazy(
        "This NIK is already registered. If it is yours, sign in or reset your password, or come to a service "
        "counter with your KTP."
    )


class ConsentMissing(InvalidInput):
    """The privacy notice was not agreed to."""

    code = "consent-missing"
    sentence = gettext_lazy("Tick the box to agree. Without it we may not keep your data.")


@dataclass(frozen=True, kw_only=True)
class NewCitizen:
    """What the steps of registration gathered; `region` is a Region or None."""

    name: str
    nik: str
    birth_place: str
    birth_on: date
    sex: str
    address: str
    region: object | None


def begin(*, address: Address, language: str, now: datetime) -> None:
    """Send a code to a new address; to one that has an account send a sentence that says so instead."""
    if user_by_login(address.to) is None:
        send_code(
            purpose=PURPOSE, address=address, now=now, language=language, subject=_("Your registration code"),
            body=_("%(code)s is your registration code. It is valid for 10 minutes. Do not give it to anyone, "
                   "not even to staff."),
        )
        return
    link = settings.BASE_URL + reverse("account_login")
    send_instead_of_code(
        purpose=PURPOSE, address=address, now=now, language=language, subject=_("You already have an account"),
        body=_("This address already has an account. Sign in or reset your password: %(link)s") % {"link": link},
    )


def prove_address(*, address: Address, typed: str, now: datetime) -> None:
    """Accept the code that was sent; refuses as codes.use_code does."""
    use_code(purpose=PURPOSE, address=address, typed=typed, now=now)


def check_free(*, nik: str, address: Address) -> None:
    """Refuse (NikTaken) a NIK whose record has an account, or was entered at a counter with another address."""
    person = parties.person_by_nik(nik)
    if person is not None and not _may_claim(person, address):
        raise NikTaken({"nik": [str(NikTaken.sentence)]})


def _may_claim(person, address: Address) -> bool:
    if User.objects.filter(party_id=person.pk).exists():
        return False
    known = person.party.phone if address.channel == "sms" else person.party.email.lower()
    return bool(known) and known == address.to


def register_citizen(
    *, address: Address, citizen: NewCitizen, password: str | None, consent: bool, language: str, now: datetime
) -> User:
    """Create the person's record and the account in one go; `address` was proved by a code, `password` validated;
    without one the owner chooses it later, as one who forgot it.

    Refuses a missing consent (ConsentMissing), an address that meanwhile has an account (AddressTaken) and a NIK that
    has one or is not this person's to claim (NikTaken). Two at once with one NIK: one account is made.
    The consent is audited with the version of the notice (UU 27/2022, articles 20 to 22).
    """
    if not consent:
        raise ConsentMissing({"consent": [str(ConsentMissing.sentence)]})
    try:
        with transaction.atomic():
            _one_at_a_time(f"nik:{citizen.nik}", f"address:{address.to}")
            if user_by_login(address.to) is not None:
                raise AddressTaken
            check_free(nik=citizen.nik, address=address)
            person = parties.person_by_nik(citizen.nik) or _new_person(citizen, address, now)
            user = create_user(
                name=citizen.name, password=password, party=person.party, language=language, now=now,
                **{"email" if address.channel == "email" else "phone": address.to},
            )
            audit.record(
                action="accounts.consent", by=user, subject=f"accounts.user:{user.pk}", now=now, person=person.pk,
                facts={"notice": "privacy", "version": PRIVACY_VERSION},
            )
            events.publish(CitizenJoined(user_id=user.pk, phone=address.to if address.channel == "sms" else "", now=now))
    except IntegrityError:
        raise NikTaken({"nik": [str(NikTaken.sentence)]})
    return user


def _new_person(citizen: NewCitizen, address: Address, now: datetime):
    return parties.register_person(
        nik=citizen.nik, name=citizen.name, now=now, birth_place=citizen.birth_place, birth_on=citizen.birth_on,
        sex=citizen.sex, address=citizen.address, region=citizen.region,
        **{"email" if address.channel == "email" else "phone": address.to},
    )


def _one_at_a_time(*names: str) -> None:
    """Wait for other transactions that register the same; in one order, so that two never wait for each other."""
    keys = sorted(int(keyed_hash(name, "registration")[:15], 16) for name in names)
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
