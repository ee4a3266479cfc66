"""What a form may take from the register instead of asking: the catalogue of attributes and their values; no writing.

Values are JSON as forms store them: text, "YYYY-MM-DD" for a day, the code of a region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.parties.models import Business, Household, HouseholdMember, Party, Person, Relation
from dgs.kernel.protection import decrypt


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One thing the register may know. `owner` is applicant, spouse, household or business; `field_type` a form's."""

    path: str
    label: str | Promise
    field_type: str
    owner: str


def _person_attributes(owner: str, labels: dict[str, Any]) -> list[Attribute]:
    types = {"nik": "nik", "birth_on": "date", "sex": "choice", "region": "region", "phone": "phone", "email": "email"}
    return [
        Attribute(path=f"{owner}.{name}", label=label, field_type=types.get(name, "text"), owner=owner)
        for name, label in labels.items()
    ]


ATTRIBUTES: dict[str, Attribute] = {
    attribute.path: attribute
    for attribute in (
        *_person_attributes("applicant", {
            "name": _("Name"), "nik": _("NIK"), "birth_place": _("Place of birth"), "birth_on": _("Date of birth"),
            "sex": _("Sex"), "address": _("Address"), "region": _("Village"), "occupation": _("Occupation"),
            "religion": _("Religion"), "citizenship": _("Citizenship"), "phone": _("Phone number"),
            "email": _("E-mail"),
        }),
        *_person_attributes("spouse", {
            "name": _("Spouse's name"), "nik": _("Spouse's NIK"), "birth_place": _("Spouse's place of birth"),
            "birth_on": _("Spouse's date of birth"), "sex": _("Spouse's sex"), "address": _("Spouse's address"),
            "region": _("Spouse's village"), "occupation": _("Spouse's occupation"),
            "religion": _("Spouse's religion"), "citizenship": _("Spouse's citizenship"),
            "phone": _("Spouse's phone number"), "email": _("Spouse's e-mail"),
        }),
        Attribute(path="household.kk", label=_("Family card number"), field_type="text", owner="household"),
        Attribute(path="household.address", label=_("Family card address"), field_type="text", owner="household"),
        Attribute(path="household.region", label=_("Family card village"), field_type="region", owner="household"),
        Attribute(path="business.name", label=_("Name of the business"), field_type="text", owner="business"),
        Attribute(path="business.nib", label=_("NIB"), field_type="text", owner="business"),
        Attribute(path="business.npwp", label=_("NPWP"), field_type="text", owner="business"),
        Attribute(path="business.legal_form", label=_("Legal form"), field_type="text", owner="business"),
        Attribute(path="business.address", label=_("Business address"), field_type="text", owner="business"),
        Attribute(path="business.region", label=_("Business village"), field_type="region", owner="business"),
        Attribute(path="business.phone", label=_("Business phone"), field_type="phone", owner="business"),
        Attribute(path="business.email", label=_("Business e-mail"), field_type="email", owner="business"),
    )
}

_OF_PARTY: dict[str, Callable[[Party], Any]] = {
    "name": lambda party: party.name,
    "address": lambda party: party.address,
    "region": lambda party: party.region and party.region.code,
    "phone": lambda party: party.phone,
    "email": lambda party: party.email,
}
_OF_PERSON: dict[str, Callable[[Person], Any]] = {
    "nik": lambda person: decrypt(person.nik_sealed),
    "birth_place": lambda person: person.birth_place,
    "birth_on": lambda person: person.birth_on and person.birth_on.isoformat(),
    "sex": lambda person: person.sex,
    "occupation": lambda person: person.occupation,
    "religion": lambda person: person.religion,
    "citizenship": lambda person: person.citizenship,
}
_OF_HOUSEHOLD: dict[str, Callable[[Household], Any]] = {
    "kk": lambda household: decrypt(household.kk_sealed),
    "address": lambda household: household.address,
    "region": lambda household: household.region and household.region.code,
}
_OF_BUSINESS: dict[str, Callable[[Business], Any]] = {
    "nib": lambda business: business.nib,
    "npwp": lambda business: business.npwp,
    "legal_form": lambda business: business.legal_form,
}


def attribute_values(
    *,
    applicant: Party,
    business: Party | None = None,
    by,
    purpose: str,
    now: datetime,
    paths: Iterable[str] | None = None,
) -> dict[str, Any]:
    """What the register knows of the applicant, the spouse, the household and the business, by attribute path.

    Only known values are there. `paths` limits it to what is needed, which is what UU 27/2022 asks for; None = all.
    Each person whose data are read is a row of the audit chain. The spouse follows from the household: the only wife or
    husband of its head, or the head; of several wives none.
    """
    wanted = set(ATTRIBUTES) if paths is None else set(paths) & set(ATTRIBUTES)
    owners = {ATTRIBUTES[path].owner for path in wanted}
    found: dict[str, Any] = {}
    person = Person.objects.select_related("party__region").filter(pk=applicant.pk).first()
    spouse_id = None
    _read(found, "applicant", wanted, _OF_PARTY, applicant)
    if person is not None:
        _read(found, "applicant", wanted, _OF_PERSON, person)
        if owners & {"spouse", "household"}:
            spouse_id = _family(found, person, wanted, timezone.localdate(now))
    if business is not None:
        record = Business.objects.filter(pk=business.pk).first()
        _read(found, "business", wanted, _OF_PARTY, business)
        if record is not None:
            _read(found, "business", wanted, _OF_BUSINESS, record)
    with transaction.atomic(savepoint=False):
        for party_id, owner in ((applicant.pk, ("applicant", "household", "business")), (spouse_id, ("spouse",))):
            read = sorted(path for path in found if ATTRIBUTES[path].owner in owner)
            if party_id and read:
                audit.record_reading(
                    by=by, subject=f"parties.party:{party_id}", person=party_id, purpose=purpose, now=now,
                    facts={"attributes": read},
                )
    return found


def _read(found: dict[str, Any], owner: str, wanted: set[str], getters: dict[str, Callable], row: Any) -> None:
    for name, getter in getters.items():
        path = f"{owner}.{name}"
        if path in wanted and (value := getter(row)):
            found[path] = value


def _family(found: dict[str, Any], person: Person, wanted: set[str], on: date) -> int | None:
    """Household and spouse; the spouse's number, when there is exactly one."""
    members = HouseholdMember.objects.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gte=on))
    own = members.select_related("household__region").filter(person=person).order_by("-valid_from", "-id").first()
    if own is None:
        return None
    _read(found, "household", wanted, _OF_HOUSEHOLD, own.household)
    if own.relation == Relation.HEAD:
        sought = {Relation.WIFE, Relation.HUSBAND}
    elif own.relation in {Relation.WIFE, Relation.HUSBAND}:
        sought = {Relation.HEAD}
    else:
        return None
    spouses = members.select_related("person__party__region").filter(household=own.household, relation__in=sought)
    others = list(spouses.exclude(person=person)[:2])
    if len(others) != 1:
        return None
    _read(found, "spouse", wanted, _OF_PARTY, others[0].person.party)
    _read(found, "spouse", wanted, _OF_PERSON, others[0].person)
    return others[0].person_id
