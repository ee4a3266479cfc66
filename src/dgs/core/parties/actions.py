"""Changes of the register of persons, households and businesses; each is audited inside its transaction."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.parties import writing
from dgs.core.parties.identifiers import check_kk, check_nib, check_nik, check_npwp
from dgs.core.parties.models import (
    Business,
    Fact,
    Household,
    HouseholdMember,
    Party,
    Person,
    Relation,
    Representation,
    Source,
)
from dgs.core.parties.queries import kk_hash, nik_hash
from dgs.core.regions import api as regions
from dgs.kernel.errors import InvalidInput, RuleBroken
from dgs.kernel.protection import encrypt

RELIGIONS = ("Islam", "Kristen", "Katolik", "Hindu", "Buddha", "Khonghucu", "Kepercayaan")
OF_PARTY = ("name", "address", "region", "phone", "email")
OF_PERSON = ("birth_place", "birth_on", "sex", "occupation", "religion", "citizenship")
OF_BUSINESS = ("npwp", "legal_form")


class NikTaken(RuleBroken):
    """There is a person with this NIK already."""

    code = "nik-taken"
    sentence = _("This NIK is registered already. Sign in, or ask the counter for help.")


class KkTaken(RuleBroken):
    """There is a household with this family card already."""

    code = "kk-taken"
    sentence = _("This family card is registered already.")


class NibTaken(RuleBroken):
    """There is a business with this NIB already."""

    code = "nib-taken"
    sentence = _("This NIB is registered already.")


class MemberElsewhere(RuleBroken):
    """A person belongs to one household at a time, and a household has one head."""

    code = "member-elsewhere"
    sentence = _("This person belongs to a household already, or the household has a head already.")


class RepresentsAlready(RuleBroken):
    """The person acts for the business already."""

    code = "represents-already"
    sentence = _("This person acts for the business already.")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where what is entered comes from: source, what it rests on, which office, and since when it holds in the world."""

    source: str = Source.SELF
    reference: str = ""
    office: str = ""
    known_on: date | None = None


TOLD = Origin()


def register_person(*, nik: str, name: str, now: datetime, by=None, origin: Origin = TOLD, **fields: Any) -> Person:
    """Enter a person, once, with where each of it comes from (`origin`).

    `fields`: address, region (Region or code), phone, email, birth_place, birth_on (date), sex (L or P), occupation,
    religion, citizenship (WNI, WNA). Birth date and sex come from the NIK when they are not given. Refuses what is not
    a NIK, a name that cannot stand on a card, an unknown field, and a NIK that is registered (NikTaken).
    """
    facts = check_nik(nik, today=timezone.localdate(now))
    values = _clean({"birth_on": facts.birth_on, "sex": facts.sex} | fields | {"name": name}, OF_PARTY + OF_PERSON, now)
    with transaction.atomic():
        with _once(NikTaken):
            party = Party.objects.create(kind="person", **_part(values, OF_PARTY))
            person = Person.objects.create(
                party=party, nik_sealed=encrypt(facts.nik), nik_hash=nik_hash(facts.nik), **_part(values, OF_PERSON)
            )
        _remember(party, values, origin, by=by, now=now)
        _note("parties.person_registered", by, party, now, fields=sorted(fields))
    return person


def change_person(*, person: Person, by, now: datetime, origin: Origin = TOLD, **fields: Any) -> Person:
    """Correct what the register says of a person; the fields of register_person, and `name`. The NIK never changes.

    What it said before stays as history. Nothing is written for what is so already, but who says so (`origin`) if another
    source said it before.
    """
    values = _clean(fields, OF_PARTY + OF_PERSON, now)
    _change(person, OF_PERSON, values, "parties.person_changed", by=by, now=now, origin=origin)
    return person


def change_business(*, business: Business, by, now: datetime, origin: Origin = TOLD, **fields: Any) -> Business:
    """Correct what the register says of a business; the fields of register_business, and `name`. The NIB never changes."""
    values = _clean({name: value for name, value in fields.items() if name != "name"}, OF_PARTY + OF_BUSINESS, now)
    if "name" in fields:
        values["name"] = writing.clean_business_name(fields["name"])
    _change(business, OF_BUSINESS, values, "parties.business_changed", by=by, now=now, origin=origin)
    return business


def _change(
    record: Person | Business, own: tuple[str, ...], values: dict[str, Any], action: str, *, by, now: datetime, origin: Origin
) -> None:
    """Set what differs on a record and its party, read anew under the party's lock, and remember where it came from."""
    with transaction.atomic():
        party = Party.objects.select_for_update().get(pk=record.pk)
        record.refresh_from_db()
        changed = _set(party, _part(values, OF_PARTY)) + _set(record, _part(values, own))
        if changed:
            party.save()
            record.save()
            _note(action, by, party, now, fields=sorted(changed))
        _remember(party, values, origin, by=by, now=now)
        record.party = party


def record_end(
    *, person: Person, by, now: datetime, origin: Origin, died_on: date | None = None, left_on: date | None = None
) -> Person:
    """Write down that a person died or moved out of the region; None takes it back. Refuses a day that is still to come."""
    for name, day in (("died_on", died_on), ("left_on", left_on)):
        if day is not None and day > timezone.localdate(now):
            raise _refused(name, _("This day is still to come."))
    with transaction.atomic():
        Party.objects.select_for_update().get(pk=person.pk)  # first, as whoever changes a person does
        found = Person.objects.select_for_update(of=("self",)).select_related("party").get(pk=person.pk)
        changed = _set(found, {"died_on": died_on, "left_on": left_on})
        if changed:
            found.save(update_fields=changed)
            _remember(found.party, {name: getattr(found, name) for name in changed}, origin, by=by, now=now)
            _note("parties.person_ended", by, found.party, now, fields=sorted(changed))
    return found


def register_business(
    *, name: str, nib: str, now: datetime, by=None, representative: Person | None = None, capacity: str = "",
    origin: Origin = TOLD, **fields: Any,
) -> Business:
    """Enter a business, once; with a person who acts for it from today on when one is named.

    `fields`: address, region, phone, email, npwp, legal_form. Refuses a NIB that is registered (NibTaken).
    """
    nib = check_nib(nib)
    values = _clean(fields, OF_PARTY + OF_BUSINESS, now) | {"name": writing.clean_business_name(name)}
    with transaction.atomic():
        with _once(NibTaken):
            party = Party.objects.create(kind="business", **_part(values, OF_PARTY))
            business = Business.objects.create(party=party, nib=nib, **_part(values, OF_BUSINESS))
        _remember(party, values, origin, by=by, now=now)
        _note("parties.business_registered", by, party, now, nib=nib)
        if representative is not None:
            represent(business=business, person=representative, capacity=capacity, valid_from=timezone.localdate(now),
                      by=by, now=now)
    return business


def represent(
    *, business: Business, person: Person, capacity: str, valid_from: date, by, now: datetime,
    valid_to: date | None = None,
) -> Representation:
    """Let a person act for a business from a day on, up to and including `valid_to` (None = open)."""
    capacity = writing.clean_text(capacity, "capacity", 60)
    _in_order(valid_from, valid_to)
    with transaction.atomic():
        with _once(RepresentsAlready):
            made = Representation.objects.create(
                business=business, person=person, capacity=capacity, valid_from=valid_from, valid_to=valid_to
            )
        _note("parties.representation_begun", by, person.party, now, business=business.pk, capacity=capacity)
    return made


def register_household(*, kk: str, address: str, now: datetime, by=None, region=None) -> Household:
    """Enter a family card, once. Refuses what is not a family card number, and one that is registered (KkTaken)."""
    kk = check_kk(kk, today=timezone.localdate(now))
    address = writing.clean_text(address, "address", 300)
    with transaction.atomic():
        with _once(KkTaken):
            household = Household.objects.create(
                kk_sealed=encrypt(kk), kk_hash=kk_hash(kk), address=address, region=_region(region)
            )
        audit.record(action="parties.household_registered", by=by, subject=f"parties.household:{household.pk}", now=now)
    return household


def add_household_member(
    *, household: Household, person: Person, relation: str, valid_from: date, by, now: datetime
) -> HouseholdMember:
    """Put a person into a household from a day on. Refuses somebody who is in one, and a second head."""
    if relation not in Relation.values:
        raise InvalidInput({"relation": [str(_("Choose one of the answers."))]}, _("Choose one of the answers."))
    with transaction.atomic():
        with _once(MemberElsewhere):
            member = HouseholdMember.objects.create(
                household=household, person=person, relation=relation, valid_from=valid_from
            )
        _note("parties.member_added", by, person.party, now, household=household.pk, relation=relation)
    return member


def end_household_membership(*, member: HouseholdMember, valid_to: date, by, now: datetime) -> HouseholdMember:
    """End a membership; `valid_to` is its last day. Ending it twice changes nothing."""
    _in_order(member.valid_from, valid_to)
    with transaction.atomic():
        member = HouseholdMember.objects.select_for_update().select_related("person__party").get(pk=member.pk)
        if member.valid_to is None:
            member.valid_to = valid_to
            member.save(update_fields=["valid_to"])
            _note("parties.member_ended", by, member.person.party, now, household=member.household_id)
    return member


@contextmanager
def _once(refusal: type[RuleBroken]):
    """Turn a broken uniqueness into the refusal that says so; two at once: the second waits and is refused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise refusal from error


def _note(action: str, by, party: Party, now: datetime, **facts: Any) -> None:
    audit.record(
        action=action, by=by, subject=f"parties.party:{party.pk}", now=now, facts=facts,
        person=party.pk if party.kind == "person" else None,
    )


def _remember(party: Party, values: dict[str, Any], origin: Origin, *, by, now: datetime) -> None:
    """A fact for each value that is new, or that another source says now; one query to look and one to write."""
    last = {
        fact.attribute: (fact.value, fact.source)
        for fact in Fact.objects.filter(party=party, attribute__in=list(values))
        .order_by("attribute", "-id").distinct("attribute")
    }
    said = {name: as_text(value) for name, value in values.items()}
    Fact.objects.bulk_create(
        Fact(
            party=party, attribute=name, value=text, source=origin.source, reference=origin.reference, office=origin.office,
            by=by.pk if by is not None else None, known_on=origin.known_on, recorded_at=now,
        )
        for name, text in said.items()
        if (text or name in last) and last.get(name) != (text, origin.source)
    )


def check_value(*, kind: str, attribute: str, given: Any, now: datetime) -> Any:
    """An attribute's value as the register would keep it, from text as forms hold it; `kind` is person or business.

    InvalidInput (field "wanted") says why it cannot be.
    """
    known = OF_PARTY + (OF_PERSON if kind == "person" else OF_BUSINESS)
    if attribute not in known:
        raise TypeError(f"the register keeps no {attribute} of a {kind}")
    try:
        if attribute == "birth_on" and isinstance(given, str):
            given = date.fromisoformat(given) if given else None
        if attribute == "name" and kind == "business":
            return writing.clean_business_name(given)
        return _cleaned(attribute, given, now)
    except InvalidInput as refusal:
        raise InvalidInput({"wanted": [one for sentences in refusal.errors.values() for one in sentences]}) from refusal
    except ValueError as error:
        raise InvalidInput({"wanted": [str(_("This is no day of the calendar."))]}) from error


def as_text(value: Any) -> str:
    """A value as facts and forms hold it."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "code", value))


def _clean(fields: dict[str, Any], known: tuple[str, ...], now: datetime) -> dict[str, Any]:
    """The fields as they may be stored; all refusals at once, by field."""
    unknown = set(fields) - set(known)
    if unknown:
        raise TypeError(f"the register knows no {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, given in fields.items():
        try:
            values[name] = _cleaned(name, given, now)
        except InvalidInput as refusal:
            errors |= refusal.errors
    if errors:
        raise InvalidInput(errors, next(iter(errors.values()))[0])
    return values


def _cleaned(name: str, given: Any, now: datetime) -> Any:
    if name == "region":
        return _region(given)
    if name == "birth_on":
        if given is not None and not date(1880, 1, 1) <= given <= timezone.localdate(now):
            raise _refused(name, _("The date of birth lies in the future or too far back."))
        return given
    if name == "name":
        return writing.clean_person_name(given)
    if name == "phone":
        return writing.clean_phone(given)
    if name == "email":
        return writing.clean_email(given)
    if name == "npwp":
        return check_npwp(given)
    choices = {"sex": ("", "L", "P"), "religion": ("", *RELIGIONS), "citizenship": ("WNI", "WNA")}.get(name)
    if choices and given not in choices:
        raise _refused(name, _("Choose one of the answers."))
    return writing.clean_text(given, name, {"address": 300, "legal_form": 30}.get(name, 100))


def _region(given: Any):
    if not isinstance(given, str) or not given:
        return given or None
    found = regions.by_code(given)
    if found is None:
        raise _refused("region", _("There is no region with this code."))
    return found


def _refused(field: str, sentence) -> InvalidInput:
    return InvalidInput({field: [str(sentence)]}, sentence)


def _in_order(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise _refused("valid_to", _("The last day lies before the first."))


def _part(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _set(row: Any, values: dict[str, Any]) -> list[str]:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed
