"""Saving how a bank's CSV is read, and ending that; the choice itself stands in statements/mapping.py."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.billing.errors import MappingRefused, MappingSavedMeanwhile
from dgs.core.billing.models import BankAccount, StatementMapping
from dgs.core.billing.statements import ParsedStatement
from dgs.core.billing.statements.mapping import ColumnChoice, read_chosen, with_header
from dgs.kernel.errors import NotFound


def try_mapping(choice: ColumnChoice, example: bytes) -> ParsedStatement:
    """What the choice reads from an example; refuses an incomplete choice, and as any reading does with line and column."""
    if faults := choice.faults():
        raise MappingRefused({"columns": [str(fault) for fault in faults]}, faults[0])
    parsed = read_chosen(example, with_header(example, choice))
    if not parsed.lines:
        raise MappingRefused({"skip_rows": []}, _("No booking is left in the example; are too many rows skipped?"))
    return parsed


def save_mapping(
    *, name: str, account: BankAccount | None, choice: ColumnChoice, example: bytes, now: datetime, by=None
) -> StatementMapping:
    """Keep a choice that reads its example. It takes the place of the one for the same heading and account.

    Refuses what try_mapping refuses, a file without heading that belongs to no account (nothing would find it again), and the
    later of two people who save for the same heading at once: nobody's choice is replaced unseen.
    """
    name = " ".join(name.replace("\x00", "").split())[:80]
    choice = with_header(example, choice)
    try_mapping(choice, example)
    if not choice.signature and account is None:
        raise MappingRefused(
            {"account": []}, _("A file without a heading is only known by its account; please choose the bank account.")
        )
    with transaction.atomic():
        replaced = list(
            StatementMapping.objects.select_for_update()
            .filter(account=account, header=choice.signature, is_active=True)
            .order_by("pk")
        )
        for one in replaced:
            _end(one)
        try:
            with transaction.atomic():
                made = StatementMapping.objects.create(
                    name=name,
                    account=account,
                    columns={kind: list(places) for kind, places in choice.columns.items()},
                    date_format=choice.order,
                    decimal_sign=choice.decimal,
                    delimiter=choice.delimiter,
                    encoding=choice.encoding,
                    skip_rows=choice.skip,
                    header=choice.signature,
                    saved_by=by,
                    saved_at=now,
                )
        except IntegrityError:
            raise MappingSavedMeanwhile from None
        audit.record(
            action="billing.save_mapping",
            by=by,
            subject=f"billing.statementmapping:{made.pk}",
            now=now,
            facts={
                "name": name,
                "account": account.number if account else "",
                "replaces": [one.pk for one in replaced],
                **asdict(replace(choice, account="")),
            },
        )
    return made


def end_mapping(*, mapping_id: int, now: datetime, by=None) -> StatementMapping:
    """Let a mapping count no longer; ending it twice changes nothing."""
    with transaction.atomic():
        one = StatementMapping.objects.select_for_update().filter(pk=mapping_id).first()
        if one is None:
            raise NotFound
        if one.is_active:
            _end(one)
            audit.record(
                action="billing.end_mapping",
                by=by,
                subject=f"billing.statementmapping:{one.pk}",
                now=now,
                facts={"name": one.name},
            )
    return one


def _end(one: StatementMapping) -> None:
    one.is_active = False
    one.save(update_fields=["is_active"])
