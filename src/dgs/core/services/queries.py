"""Reading the catalogue: published versions, open services and the search over them; nothing is changed here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache

from django.db.models import F

from dgs.core.services.definition import Definition, Source
from dgs.core.services.expressions import Expression
from dgs.core.services.loader import parse_published
from dgs.core.services.models import Service, ServiceVersion

# Words people use for the same thing; each group is searched as one.
SYNONYMS = (
    ("akta", "akte", "certificate", "sertifikat"),
    ("kelahiran", "lahir", "bayi", "anak", "birth", "baby", "newborn"),
    ("ktp", "e-ktp", "ektp", "kartu tanda penduduk", "identity card"),
    ("kk", "kartu keluarga", "family card"),
    ("izin", "ijin", "perizinan", "permit", "license", "licence"),
    ("trayek", "angkutan", "angkot", "bus", "transport", "route"),
    ("reklame", "iklan", "baliho", "spanduk", "billboard", "advertisement", "advertising", "banner"),
    ("usaha", "bisnis", "perusahaan", "business", "company"),
    ("kematian", "meninggal", "wafat", "death"),
    ("nikah", "kawin", "perkawinan", "pernikahan", "marriage"),
)
FILLER = frozenset({
    "saya", "mau", "ingin", "mengurus", "urus", "membuat", "bikin", "buat", "cara", "untuk", "dan", "di", "ke", "dari", "yang",
    "the", "a", "an", "for", "to", "my",
})


def current_version(slug: str) -> ServiceVersion | None:
    """The version new applications are made on, or None when there is no such service."""
    return ServiceVersion.objects.select_related("service__office").filter(service__slug=slug, service__current=F("pk")).first()


def versions_of(slug: str) -> list[ServiceVersion]:
    """All published versions of a service, the newest first."""
    return list(ServiceVersion.objects.filter(service__slug=slug).order_by("-number"))


def version_by_id(pk: int) -> ServiceVersion:
    """A published version, current or not; it must exist."""
    return ServiceVersion.objects.select_related("service__office").get(pk=pk)


@lru_cache(maxsize=256)
def definition_of(version_id: int) -> Definition:
    """The definition of a published version; a version never changes, so it is read once per process."""
    return parse_published(ServiceVersion.objects.values_list("sources", flat=True).get(pk=version_id))


@lru_cache(maxsize=256)
def attributes_of(version_id: int) -> frozenset[str]:
    """What a published version needs to know of the register: the sources of its fields, what its rules read, and the
    applicant's NIK, which letters show masked. Nothing else may be read for it (UU 27/2022: only what the
    purpose needs)."""
    found = {"applicant.nik"}

    def gather(part: object) -> None:
        if isinstance(part, Expression):
            found.update(name for name in part.names if "." in name)
        elif isinstance(part, Mapping):
            gather(tuple(part.values()))
        elif isinstance(part, tuple | list):
            for item in part:
                gather(item)
        elif is_dataclass(part):
            if isinstance(part, Source):
                found.add(part.path)
            gather(tuple(getattr(part, each.name) for each in fields(part)))

    gather(replace(definition_of(version_id), examples=()))
    return frozenset(found)


def open_services() -> list[tuple[Service, Definition]]:
    """Every service that takes applications, with its current definition, by title."""
    found = Service.objects.filter(is_open=True, current__isnull=False).select_related("office")
    return sorted(
        ((service, definition_of(service.current_id)) for service in found), key=lambda pair: str(pair[1].title).lower()
    )


def plain(text: str) -> str:
    """Small letters without accents and punctuation, for comparing."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in folded if not unicodedata.combining(c))).strip()


GROUPS = tuple(frozenset(plain(word) for word in group) for group in SYNONYMS)


@lru_cache(maxsize=256)
def _indexed(version_id: int) -> tuple[tuple[int, str], ...]:
    """Weighted texts of a definition, both languages."""
    definition = definition_of(version_id)
    title = f"{definition.title.id} {definition.title.en}"
    return (
        (8, " " + plain(title)),
        (5, " " + plain(" ".join(definition.keywords))),
        (2, " " + plain(f"{definition.summary.id} {definition.summary.en}")),
        (1, " " + plain(f"{definition.sector} {' '.join(definition.life_events)}")),
    )


def search(q: str) -> list[tuple[Service, Definition]]:
    """Open services that fit all words of the query, best first; every service for an empty query.

    Words match beginnings, in either language, without regard to case and accents; synonyms count a little less.
    """
    words = [word for word in plain(q[:200]).split() if word not in FILLER][:8]
    offered = open_services()
    if not words:
        return offered
    scored = []
    for service, definition in offered:
        scores = [_score(word, _indexed(service.current_id)) for word in words]
        if all(scores):
            scored.append((-sum(scores), str(definition.title).lower(), service, definition))
    return [(service, definition) for _score_of, _title, service, definition in sorted(scored, key=lambda s: s[:2])]


def is_filler(words: Iterable[str]) -> bool:
    """Whether these words say nothing of a service; so do none."""
    return all(word in FILLER for word in words)


def _score(word: str, texts: tuple[tuple[int, str], ...]) -> int:
    direct = sum(2 * weight for weight, text in texts if f" {word}" in text)
    alike = {
        other for group in GROUPS for known in group
        if known == word or (len(word) > 3 and known.startswith(word)) for other in group
    }
    return direct + sum(weight for weight, text in texts if any(f" {other}" in text for other in alike))
