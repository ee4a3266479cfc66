"""The name under which other rooms keep what belongs to a case: made and read here and nowhere else."""

from __future__ import annotations

PREFIX = "cases.case:"


def about(case) -> str:
    """The name of a case (anything with its `pk`), such as "cases.case:123"."""
    return f"{PREFIX}{case.pk}"


def case_id(about: str) -> int | None:
    """The key of the case that a name means; None when it names something else."""
    number = about.removeprefix(PREFIX)
    return int(number) if number != about and number.isascii() and number.isdigit() else None
