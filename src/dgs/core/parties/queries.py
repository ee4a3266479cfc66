"""Finding persons and businesses; identifiers come out masked or through an audited reading; never changes the register."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.search import SearchQuery
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dgs.core.audit import api as audit
from dgs.core.parties.identifiers import NikFacts, check_nik, mask_nik
from dgs.core.parties.models import NAME_BEGINS, NAME_WORDS, Business, Fact, Party, Person, Representation
from dgs.core.parties.permissions import Permission
from dgs.core.regions import api as regions
from dgs.kernel.errors import InvalidInput, NotAllowed
from dgs.kernel.protection import decrypt, keyed_hash

MOST_FOUND = 50


@dataclass(frozen=True, kw_only=True)
class PersonFound:
    """A person as a search shows it: enough to tell people of one name apart, no identifier in full."""

    id: int
    name: str
    nik_masked: str
    birth_on: date | None
    address: str


def nik_hash(nik: str) -> str:
    """The keyed hash by which a person is found."""
    return keyed_hash(nik, "nik")


def kk_hash(kk: str) -> str:
    """The keyed hash by which a household is found."""
    return keyed_hash(kk, "kk")


def nik_warnings(facts: NikFacts) -> list[str]:
    """What is odd about a NIK without being wrong: districts unknown today may have existed when it was given."""
    province, regency, district = facts.region_code[:2], facts.region_code[:5], facts.region_code
    if regions.by_code(district):
        return []
    if regions.by_code(regency):
        return [_("No district has the code %(code)s today. Compare the NIK with the card.") % {"code": district}]
    if regions.by_code(province):
        return [_("No regency has the code %(code)s today. Compare the NIK with the card.") % {"code": regency}]
    return [_("No province has the code %(code)s today. Compare the NIK with the card.") % {"code": province}]


def person_by_nik(nik: str) -> Person | None:
    """The person with this NIK, or None; refuses what cannot be a NIK. Who shows the data writes the reading."""
    facts = check_nik(nik)
    return Person.objects.select_related("party__region").filter(nik_hash=nik_hash(facts.nik)).first()


def parties_of(numbers: Iterable[str]) -> dict[str, int]:
    """Whose NIK (16 digits) or NIB (13 digits) each of these numbers is: number to party id, without those of nobody.

    Thousands by each query. Nothing of the persons is read, so nothing is written down.
    """
    found: dict[str, int] = {}
    seen: set[str] = set()
    waiting: list[str] = []

    def look() -> None:
        hashes = {nik_hash(number): number for number in waiting if len(number) == 16}
        niks = Person.objects.filter(nik_hash__in=hashes).values_list("nik_hash", "pk")
        found.update((hashes[mark], key) for mark, key in niks)
        found.update(Business.objects.filter(nib__in=[one for one in waiting if len(one) == 13]).values_list("nib", "pk"))
        waiting.clear()

    for number in numbers:
        if number in seen or not (number.isascii() and number.isdigit()):
            continue
        seen.add(number)
        waiting.append(number)
        if len(waiting) == 5000:
            look()
    look()
    return found


def nik_of(person: Person, *, by, purpose: str, now: datetime) -> str:
    """The 16 digits; the reading is chained in the audit."""
    with transaction.atomic():
        audit.record_reading(
            by=by, subject=f"parties.party:{person.pk}", person=person.pk, purpose=purpose, now=now,
            facts={"attributes": ["nik"]},
        )
        return decrypt(person.nik_sealed)


def masked_nik_of(person: Person) -> str:
    """The NIK as shown on screens; no audited reading, because nobody can be found by it."""
    return mask_nik(decrypt(person.nik_sealed))


def nik_ends_with(party_id: int, four: str) -> bool:
    """Whether the person's NIK ends with these four digits; False for anything else, in the same time."""
    sealed = Person.objects.filter(pk=party_id).values_list("nik_sealed", flat=True).first()
    end = decrypt(sealed)[-4:] if sealed else "none"
    return hmac.compare_digest(end.encode(), four.strip().encode("utf-8", "replace"))


def businesses_of(person: Person, on: date) -> list[Business]:
    """The businesses the person may act for on that day, by name."""
    return list(
        Business.objects.select_related("party__region")
        .filter(
            Q(representations__valid_to=None) | Q(representations__valid_to__gte=on),
            representations__person=person,
            representations__valid_from__lte=on,
        )
        .distinct()
        .order_by("party__name", "pk")
    )


def represented_by(party_id: int, on: date) -> set[int]:
    """The party ids of the businesses that the person of this party may act for on that day."""
    return set(
        Business.objects.filter(
            Q(representations__valid_to=None) | Q(representations__valid_to__gte=on),
            representations__person=party_id,
            representations__valid_from__lte=on,
        ).values_list("pk", flat=True)
    )


def _words(text: str) -> list[str] | None:
    """The words of a name that is looked for, quoted for a search; None with fewer than three letters."""
    words = "".join(c if c.isalnum() or c == "'" else " " for c in text[:100]).split()
    if sum(map(len, words)) < 3:
        return None
    return ["'" + word.lower().replace("'", "''") + "'" for word in words[:6]]


def _named(asked: str) -> QuerySet[Party]:
    """Parties whose names hold these words, as PostgreSQL's tsquery."""
    return Party.objects.annotate(words=NAME_WORDS).filter(words=SearchQuery(asked, search_type="raw", config="simple"))


def _persons_named(text: str, words: list[str], limit: int) -> list[int]:
    """At most so many: those whose name begins as it was typed, then those with these words, then with such beginnings.

    Each question is asked only while there is room, for each is slower than the one before: of a common name there are more
    than are shown among the first. None of the last two is put in order by the database, which would read all of them.
    """
    begun = " ".join(text[:100].replace("\x00", " ").lower().split())
    questions = [
        Party.objects.annotate(begins=NAME_BEGINS).filter(begins__startswith=begun).order_by("begins", "pk"),
        _named(" & ".join([*words[:-1], words[-1] + ":*"])),
        _named(" & ".join(f"{word}:*" for word in words)),
    ]
    found: list[int] = []
    for question in questions if len(words) > 1 else questions[:2]:
        if len(found) < limit:
            rows = question.filter(kind="person").exclude(pk__in=found) if found else question.filter(kind="person")
            found += rows.values_list("pk", flat=True)[: limit - len(found)]
    return found


def parties_named(text: str, limit: int = 200) -> list[int]:
    """The ids of at most so many parties by the beginnings of the words of their names; nothing for fewer than three letters.

    The caller writes down what it shows of them.
    """
    words = _words(text)
    return list(_named(" & ".join(f"{word}:*" for word in words)).values_list("pk", flat=True)[:limit]) if words else []


def find_persons(*, text: str = "", nik: str = "", access, now: datetime, limit: int = 20) -> list[PersonFound]:
    """Persons for the counter: by NIK in full, or by the beginnings of the words of a name; masked, by name.

    `access` answers what the one who asks may do (core/access); refuses without parties.find_person, a text with fewer
    than 3 letters and what cannot be a NIK. Each search is a row of the audit chain, with the persons shown.
    """
    if not access.allows(Permission.FIND_PERSON):
        raise NotAllowed
    rows = Person.objects.select_related("party")
    if nik.strip():
        found = list(rows.filter(nik_hash=nik_hash(check_nik(nik).nik)))
    else:
        words = _words(text)
        if words is None:
            sentence = _("Write at least three letters of the name.")
            raise InvalidInput({"text": [sentence]}, sentence)
        ids = _persons_named(text, words, min(limit, MOST_FOUND))
        found = sorted(rows.filter(pk__in=ids), key=lambda person: (person.party.name, person.pk))
    audit.record_reading(
        by=access.user, subject="parties.search", person=found[0].pk if len(found) == 1 else None,
        purpose=_("search at the counter"), now=now,
        facts={"by": "nik" if nik.strip() else "name", "found": [person.pk for person in found]},
    )
    return [
        PersonFound(id=person.pk, name=person.party.name, nik_masked=masked_nik_of(person), birth_on=person.birth_on,
                    address=person.party.address)
        for person in found
    ]


def facts_of(party_id: int, most: int = 500) -> list[Fact]:
    """What became known of a record, the latest first: of each attribute the first is what the record says."""
    return list(Fact.objects.filter(party=party_id).order_by("-id")[:most])


def acting_for(party_ids: Iterable[int], on: date) -> dict[int, list[int]]:
    """The party ids of the persons who act on that day for each of these businesses, by the business's; others are left out."""
    found: dict[int, list[int]] = {}
    rows = Representation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=on), business__in=list(party_ids), valid_from__lte=on
    ).order_by("pk")
    for business, person in rows.values_list("business_id", "person_id"):
        found.setdefault(business, []).append(person)
    return found
