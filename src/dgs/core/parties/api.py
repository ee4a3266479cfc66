"""The door of the parties room: persons, households and businesses, and what forms may take from the register."""

from dgs.core.parties.actions import (
    RELIGIONS,
    KkTaken,
    MemberElsewhere,
    NibTaken,
    NikTaken,
    Origin,
    RepresentsAlready,
    add_household_member,
    as_text,
    change_business,
    change_person,
    check_value,
    end_household_membership,
    record_end,
    register_business,
    register_household,
    register_person,
    represent,
)
from dgs.core.parties.attributes import ATTRIBUTES, Attribute, attribute_values
from dgs.core.parties.identifiers import (
    KkInvalid,
    NibInvalid,
    NikFacts,
    NikInvalid,
    NpwpInvalid,
    check_kk,
    check_nib,
    check_nik,
    check_npwp,
    mask_nik,
)
from dgs.core.parties.models import SEXES, Fact, Source
from dgs.core.parties.ownership import Owned, ownership
from dgs.core.parties.permissions import Permission
from dgs.core.parties.phones import normalise_phone
from dgs.core.parties.queries import (
    PersonFound,
    acting_for,
    businesses_of,
    facts_of,
    find_persons,
    masked_nik_of,
    nik_ends_with,
    nik_of,
    nik_warnings,
    parties_named,
    parties_of,
    person_by_nik,
    represented_by,
)
from dgs.core.parties.writing import clean_business_name, clean_email, clean_person_name, clean_phone, clean_text

__all__ = [
    "ATTRIBUTES", "RELIGIONS", "SEXES", "Attribute", "Fact", "KkInvalid", "KkTaken", "MemberElsewhere", "NibInvalid",
    "NibTaken", "NikFacts", "NikInvalid", "NikTaken", "NpwpInvalid", "Origin", "Owned", "Permission", "PersonFound",
    "RepresentsAlready", "Source", "acting_for", "add_household_member", "as_text", "attribute_values", "businesses_of",
    "change_business", "change_person", "check_kk", "check_nib", "check_nik", "check_npwp", "check_value",
    "clean_business_name", "clean_email", "clean_person_name", "clean_phone", "clean_text", "end_household_membership",
    "facts_of", "find_persons", "mask_nik", "masked_nik_of", "nik_ends_with", "nik_of", "nik_warnings", "normalise_phone",
    "ownership", "parties_named", "parties_of", "person_by_nik", "record_end", "register_business",
    "register_household", "register_person", "represent", "represented_by",
]
