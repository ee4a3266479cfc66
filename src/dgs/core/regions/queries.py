"""Finding regions: by code and by what somebody types; never writes."""

from __future__ import annotations

from django.db.models import F, Func, Q
from django.db.models.expressions import RawSQL

from dgs.core.regions.models import Level, Region
from dgs.core.regions.naming import without_kind, words

MOST = 50
LONGEST = 100
MOST_WORDS = 8
# Enough to rank well, few enough that two letters that begin half of all names cost no more than a long word.
CANDIDATES = 300


def by_code(code: str) -> Region | None:
    """The region with this present Kemendagri code, with its dots, or None."""
    return Region.objects.filter(code=code).first()


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
        found += [region for region in _containing(typed, scope, limit) if region.pk not in known]
    return found[:limit]


def _typed(text: str) -> list[str]:
    return words(text[:LONGEST])[:MOST_WORDS]


def _beginning(typed: list[str], scope: Q, limit: int) -> list[Region]:
    """Names that begin with what was typed; exact ones first, because they are the shortest in this order."""
    order = ("sort_name", "level", "code")
    found: list[Region] = []
    bare = without_kind(typed)
    if len(bare) < len(typed):
        kind = " ".join(typed[: len(typed) - len(bare)]).title()
        regencies = Region.objects.filter(scope, level=Level.REGENCY, name__startswith=f"{kind} ")
        found = list(regencies.filter(sort_name__startswith=" ".join(bare)).order_by(*order)[:limit])
    begins = Region.objects.filter(scope, sort_name__startswith=" ".join(typed))
    return found + list(begins.order_by(*order)[: limit - len(found)])


def _containing(typed: list[str], scope: Q, limit: int):
    query = " & ".join(f"{word}:*" for word in typed)
    in_name = " & ".join(f"{word}:*A" for word in typed)
    candidates = Region.objects.filter(scope).extra(where=["search @@ %s::tsquery"], params=[query])  # noqa: S610
    return (
        Region.objects.filter(pk__in=candidates.values("pk")[:CANDIDATES])
        .annotate(is_named_so=RawSQL("search @@ %s::tsquery", [in_name]), length=Func(F("sort_name"), function="length"))  # noqa: S611
        .order_by("-is_named_so", "level", "sort_name", "code")[:limit]
    )
