"""The watched folder DATA_DIR/statements: files that a bank or a colleague puts into `in` are taken by themselves.

`in` → `working` (while being read) → `processed` or `refused`, the latter with a .txt beside it that says why in words. A file is
only touched when its size and time have not changed since the look before, so a copy in progress is left alone.
A file in a folder `in/<account number>/` belongs to that account; otherwise the file itself must name it.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dgs.core.billing.actions.statements import take_statement
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.models import BankAccount
from dgs.core.billing.statements import MAX_BYTES, account_key

log = logging.getLogger(__name__)
LOCK = 7_300_108
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".swp", "~")
SEEN = ".seen.json"


@dataclass(frozen=True)
class FolderRun:
    """What one look at the folder did: names of files."""

    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def take_folder(*, now: datetime, root: Path | None = None) -> FolderRun:
    """Look once: take every file that rested since the last look; of two that look at once one does nothing."""
    root = root or settings.DATA_DIR / "statements"
    folders = {name: root / name for name in ("in", "working", "processed", "refused")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return FolderRun()
        try:
            return _look(folders, now=now)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _look(folders: dict[str, Path], *, now: datetime) -> FolderRun:
    taken, refused, waiting = [], [], []
    before = _read_seen(folders["in"])
    seen: dict[str, list[int]] = {}
    for path in sorted(p for p in folders["in"].rglob("*") if p.is_file()):
        name = path.relative_to(folders["in"]).as_posix()
        if path.name.startswith(".") or path.name.endswith(UNFINISHED):
            continue
        stat = path.stat()
        mark = [stat.st_size, stat.st_mtime_ns]
        if before.get(name) != mark:
            seen[name] = mark
            waiting.append(name)
            continue
        target = folders["working"] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    (folders["in"] / SEEN).write_text(json.dumps(seen), encoding="utf-8")
    # Files that a worker left here when it died are taken again: the same bytes twice change nothing.
    for path in sorted(p for p in folders["working"].rglob("*") if p.is_file()):
        name = path.relative_to(folders["working"]).as_posix()
        (taken if _take(path, name, folders, now=now) else refused).append(name)
    return FolderRun(tuple(taken), tuple(refused), tuple(waiting))


def _take(path: Path, name: str, folders: dict[str, Path], *, now: datetime) -> bool:
    with translation.override("id"):
        try:
            if path.stat().st_size > MAX_BYTES:
                raise StatementRefused(_("The file is larger than %(mb)s MB.") % {"mb": MAX_BYTES // 1024 // 1024})
            result = take_statement(path.read_bytes(), file_name=path.name, account=_account(name), by=None, now=now)
        except StatementRefused as refusal:
            target = _moved(path, folders["refused"], now)
            said = f"{path.name}\n\n{refusal}\n\n" + _(
                "Nothing of this file was taken. Mend it or ask the bank for it again, and put it into the folder “in”."
            )
            target.with_name(target.name + ".txt").write_text(said + "\n", encoding="utf-8")
            log.warning("statement file %s was refused", path.name)
            return False
    target = _moved(path, folders["processed"], now)
    with translation.override("id"):
        said = _("New lines: %(new)s. Known lines: %(known)s. Matched: %(matched)s. On the work list: %(listed)s.") % {
            "new": result.lines_new, "known": result.lines_known, "matched": result.matched, "listed": result.listed,
        }
    target.with_name(target.name + ".txt").write_text(f"{path.name}\n\n{said}\n", encoding="utf-8")
    return True


def _account(name: str) -> BankAccount | None:
    folder = name.split("/")[0] if "/" in name else ""
    if not folder:
        return None
    for account in BankAccount.objects.filter(is_active=True):
        if account_key(account.number) == account_key(folder):
            return account
    raise StatementRefused(_("No account of the region has the number %(number)s.") % {"number": folder})


def _moved(path: Path, folder: Path, now: datetime) -> Path:
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M%S")
    target = folder / f"{stamp}-{path.name}"
    count = 1
    while target.exists():
        count += 1
        target = folder / f"{stamp}-{count}-{path.name}"
    os.replace(path, target)
    return target


def _read_seen(folder: Path) -> dict[str, list[int]]:
    try:
        return json.loads((folder / SEEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
