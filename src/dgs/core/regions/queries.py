"""Finding regions: by code and by what somebody types; never writes."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from dgs.core.regions.models import Level, Region
from dgs.core.regions.naming import LEVEL_WORD, without_kind, words
from dgs.kernel.keeping import Kept

MOST = 50
LONGEST = 100
MOST_WORDS = 8
# Enough to rank well, few enough that two letters that begin half of all names cost no more than a long word.
CANDIDATES = 300
# Words that hold for nearly every region tell nothing; a single letter is a word being begun. Both only rank.
KIND_WORDS = {"kota", "kab", "kabu", "kabup", "kabupa", "kabupat", "kabupate", "kabupaten"}


# Names of places change by law, once in years; a process may show an old one for a minute after a new list was loaded.
LABELS = Kept(most=5000, seconds=60)
WITHIN = Kept(most=2000, seconds=60)


def by_code(code: str) -> Region | None:
    """The region with this present Kemendagri code, with its dots, or None."""
    return Region.objects.defer("search").filter(code=code).first()


def label_of(code: str) -> str:
    """The name of a region and those above it; the code itself when there is no such region. Remembered for a minute."""
    key = (connection.settings_dict["NAME"], code)
    return LABELS.get(key, lambda: Region.objects.filter(code=code).values_list("path_label", flat=True).first() or code)


def ids_within(code: str) -> tuple[int, ...]:
    """The numbers of a region and of all below it, for conditions on many rows. Remembered for a minute."""
    key = (connection.settings_dict["NAME"], code)
    found = Region.objects.filter(Q(code=code) | Q(code__startswith=f"{code}."))
    return WITHIN.get(key, lambda: tuple(found.values_list("pk", flat=True)))


def search(text: str, *, level: int | None = None, within: str | None = None, limit: int = 12) -> list[Region]:
    """Regions whose name and names above contain words that begin as the typed ones; the best first.

    `level` 1 to 4; `within` a code: only regions below it (or it itself). Names that are exactly or begin with what was
    typed come first, then names that hold all words, then the others; within these by level and name. Reads at most
    100 characters and 8 words; fewer than 2 letters in all find nothing.
    """
    typed = _typed(text)
    limit = max(1, min(limit, MOST))
    if len("".join(typed)) < 2:
        return []
    scope = Q()
    if level is not None:
        scope &= Q(level=level)
    if within:
        scope &= Q(code=within) | Q(code__startswith=f"{within.rstrip('.')}.")
    found = _beginning(typed, scope, limit)
    if len(found) < limit:
        known = {region.pk for region in found}
        found += [region for region in _containing(typed, scope, level, limit) if region.pk not in known]
    return found[:limit]


def _typed(text: str) -> list[str]:
    return words(text[:LONGEST])[:MOST_WORDS]


def _beginning(typed: list[str], scope: Q, limit: int) -> list[Region]:
    """Names that begin with what was typed; exact ones first, because they are the shortest in this order."""
    order = ("sort_name", "level", "code")
    found: list[Region] = []
    if len(typed) > 1 and typed[0] in KIND_WORDS:
        kind = "Kota " if typed[0] == "kota" else "Kabupaten "
        bare = " ".join(without_kind(typed) if len(without_kind(typed)) < len(typed) else typed[1:])
        regencies = Region.objects.filter(scope, level=Level.REGENCY, name__startswith=kind, sort_name__startswith=bare)
        found = list(regencies.order_by(*order)[:limit])
    begins = Region.objects.filter(scope, sort_name__startswith=" ".join(typed))
    return found + list(begins.order_by(*order)[: limit - len(found)])


def _containing(typed: list[str], scope: Q, level: int | None, limit: int):
    """Names that hold the words, or lie in a region whose name does, in any order."""
    telling = [word for word in typed if len(word) > 1 and word not in KIND_WORDS] or typed
    query = [f"{word}:*" for word in telling] + ([f"{LEVEL_WORD}{level}"] if level is not None else [])
    candidates = Region.objects.filter(scope).extra(where=["search @@ %s::tsquery"], params=[" & ".join(query)])  # noqa: S610
    every, in_name = (" & ".join(f"{word}:*{weight}" for word in typed) for weight in ("", "A"))
    return (
        Region.objects.filter(pk__in=candidates.values("pk")[:CANDIDATES])
        .annotate(
            has_all=RawSQL("search @@ %s::tsquery", [every]),  # noqa: S611
            is_named_so=RawSQL("search @@ %s::tsquery", [in_name]),  # noqa: S611
        )
        .order_by("-is_named_so", "-has_all", "level", "sort_name", "code")[:limit]
    )
