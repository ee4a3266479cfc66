"""Keeping files: checked, stored under random names, read back, swept; and the question who may read one."""

from __future__ import annotations

import hashlib
import logging
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dgs.core.documents.inspection import FileRefused, judge
from dgs.core.documents.models import StoredFile
from dgs.kernel.errors import RuleBroken

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """A room's answer about one of its files: whether it may be read, the party whose data it holds, and the code of the
    region in which the thing lies, if in any."""

    allowed: bool
    person: int | None = None
    region: str | None = None


Reader = Callable[[object, StoredFile], Reading]
_readers: dict[str, Reader] = {}


class FileLost(RuleBroken):
    """The storage does not give back what was stored."""

    code = "file-lost"
    sentence = _("This file cannot be read from the archive at the moment. Try again later or tell the office.")
    status = 503


def keep_file(
    upload, *, owner, about: str, now: datetime, accept: Collection[str] = ("pdf", "jpeg", "png"), max_mb: float = 5
) -> StoredFile:
    """Check an uploaded file by its content and keep it; FileRefused says in plain words why not.

    `upload` is Django's UploadedFile or any binary file object with a `name`. The bytes are written before the row:
    a crash in between leaves a file without a row, which `sweep_orphans` removes, never a row without a file.
    """
    size = getattr(upload, "size", None)
    if size is not None and size > max_mb * 1024 * 1024:
        raise FileRefused("size", size=f"{size / 1048576:.1f}".replace(".", ","), limit=f"{max_mb:g}")
    upload.seek(0)
    data = upload.read(int(max_mb * 1024 * 1024) + 1)
    name = clean_name(getattr(upload, "name", "") or "")
    judged = judge(data, name, accept=accept, max_mb=max_mb)
    return store_bytes(
        data, name=name, content_type=judged.content_type, pages=judged.pages, owner=owner, about=about, now=now
    )


def store_bytes(
    data: bytes, *, name: str, content_type: str, pages: int | None, owner, about: str, now: datetime
) -> StoredFile:
    """Keep bytes that are already judged or were made by us, through the storage that settings.STORAGES names."""
    wanted = f"{now:%Y/%m}/{secrets.token_urlsafe(24)}"
    key = default_storage.save(wanted, ContentFile(data))
    return StoredFile.objects.create(
        key=key, original_name=name, content_type=content_type, size=len(data), pages=pages, owner=owner,
        sha256=hashlib.sha256(data).hexdigest(), about=about, created_at=now,
    )


def read_file(stored: StoredFile) -> bytes:
    """The bytes as they were kept; FileLost when the storage has lost or changed them."""
    try:
        with default_storage.open(stored.key) as file:
            data = file.read()
    except OSError:
        log.error("the storage does not give back file %s", stored.pk)
        raise FileLost
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        log.error("the storage gives back file %s changed", stored.pk)
        raise FileLost
    return data


@transaction.atomic
def attach(stored_ids: Iterable[str | uuid.UUID], about: str, *, owner=None, only_free: bool = False) -> int:
    """Say what files belong to from now on, such as the case a draft became; answers how many.

    With `owner`, only that person's files; with `only_free`, only such as belong to nothing yet: of two that want the
    same file at once, one gets it.
    """
    files = StoredFile.objects.filter(pk__in=list(stored_ids))
    if owner is not None:
        files = files.filter(owner=owner)
    if only_free:
        files = files.filter(about="")
    return files.update(about=about)


@transaction.atomic
def forget_files(*, about: str, ids: Iterable[str | uuid.UUID] | None = None) -> int:
    """Remove files of a thing that was given up, such as a draft: all, or only those named; answers how many.

    The rows go with the caller's transaction, the bytes after it: a crash in between leaves a file without a row,
    which `sweep_orphans` removes. Refuses (ProtectedError) files that an issued document stands on.
    """
    files = StoredFile.objects.filter(about=about)
    if ids is not None:
        files = files.filter(pk__in=list(ids))
    return _remove(files)


@transaction.atomic
def forget_unused(*, now: datetime, age: timedelta = timedelta(days=7), limit: int = 1000) -> int:
    """Remove files that somebody sent through the API and never used for anything; answers how many."""
    unused = StoredFile.objects.filter(about="", owner__isnull=False, created_at__lt=now - age)
    return _remove(unused.order_by("created_at")[:limit])


def _remove(files: QuerySet[StoredFile]) -> int:
    """Rows now, bytes when the transaction is committed; a file that is being attached at this moment is left alone."""
    rows = list(files.select_for_update(skip_locked=True).values_list("pk", "key"))
    StoredFile.objects.filter(pk__in=[pk for pk, _key in rows]).delete()
    for _pk, key in rows:
        transaction.on_commit(partial(default_storage.delete, key), robust=True)
    return len(rows)


def described(ids: Iterable[str], *, about: str | None = None, owner=None) -> list[dict]:
    """Files as the answers of a form hold them, in the order of `ids`: {"id", "name", "size", "type"}.

    Only files that belong to the thing `about`, or that `owner` brought and that belong to nothing yet, are given.
    """
    wanted = []
    for text in list(ids)[:100]:
        try:
            wanted.append(uuid.UUID(str(text)))
        except ValueError:
            continue
    files = StoredFile.objects.filter(pk__in=wanted)
    files = files.filter(about=about) if about is not None else files.filter(about="", owner=owner)
    found = {file.pk: file for file in files}
    return [
        {"id": str(key), "name": found[key].original_name, "size": found[key].size, "type": found[key].content_type}
        for key in dict.fromkeys(wanted)
        if key in found
    ]


def register_reader(prefix: str, ask: Reader) -> None:
    """Let a higher room say who reads files about its things.

    `prefix` is what `about` begins with, such as "cases.case:"; `ask(access, stored)` answers for the person of
    `access` (see core/access). Call it once, when the room starts.
    """
    _readers[prefix] = ask


def may_read(access, stored: StoredFile) -> bool:
    """Whether the person may read a file: its owner, or who the room that it belongs to says."""
    if not access.user.is_authenticated:
        return False
    if stored.owner_id is not None and stored.owner_id == access.user.pk:
        return True
    return _asked(access, stored).allowed


def has_right(access, permission: str, document) -> bool:
    """Whether the person holds a right over an issued document: for its office, and for the region of what it is about."""
    if not access.allows(permission, document.office_id):
        return False
    region = _asked(access, document.file).region
    return access.allows_at(permission, office_id=document.office_id, region_code=region)


def party_of(access, stored: StoredFile) -> int | None:
    """The party whose data a file holds: as its room says, else the owner's own."""
    person = _asked(access, stored).person
    if person is None and stored.owner is not None:
        person = stored.owner.party_id
    return person


def _asked(access, stored: StoredFile) -> Reading:
    for prefix, ask in _readers.items():
        if stored.about.startswith(prefix):
            return ask(access, stored)
    return Reading(allowed=False)


def sweep_orphans(*, now: datetime, age: timedelta = timedelta(days=2)) -> int:
    """Remove files of this month and the last that no row knows and that are older than `age`; answers how many."""
    removed = 0
    for month in {f"{now:%Y/%m}", f"{now.replace(day=1) - timedelta(days=1):%Y/%m}"}:
        try:
            _folders, names = default_storage.listdir(month)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for start in range(0, len(names), 500):
            keys = {f"{month}/{name}" for name in names[start : start + 500]}
            known = set(StoredFile.objects.filter(key__in=keys).values_list("key", flat=True))
            for key in sorted(keys - known):
                if default_storage.get_modified_time(key) < now - age:
                    default_storage.delete(key)
                    removed += 1
    return removed


def clean_name(name: str) -> str:
    """The last part of a file's name without signs that steer a terminal, a header or the direction of reading."""
    last = PurePosixPath(name.replace("\\", "/")).name
    text = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '"<>|:*?;')
    stem, dot, ending = text.strip(" .").rpartition(".")
    return f"{stem[:150]}{dot}{ending[:20]}" if dot else text.strip(" .")[:170]
