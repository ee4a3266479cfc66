"""The watched folder DATA_DIR/statements: files that a bank or a colleague puts into `in` are taken by themselves.

`in` → `working` (while being read) → `processed` or `refused`, the latter with a .txt beside it that says why in words. A file is
only touched when it has not changed since the look before, so a copy in progress is left alone.
A file in a folder `in/<account number>/` belongs to that account; otherwise the file itself must name it.

Whoever may write into `in` is not trusted with anything else: links are never followed, names are made plain before
they are used, and nothing of ours is kept in there. The other folders belong to the program alone.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dgs.core.billing.actions.statements import TakenStatement, take_statement
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.models import BankAccount
from dgs.core.billing.statements import MAX_XML_BYTES, account_key

log = logging.getLogger(__name__)
LOCK = 7_300_108
# What copying programs put behind (or before) a name while they still write, in small letters.
UNFINISHED = (
    ".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", ".writing", ".uploading", ".upload", ".incomplete",
    ".inprogress", ".lock", "~",
)
UNFINISHED_HEAD = (".", "~", "#", "lftp-pget-status")
SEEN = ".seen.json"
DEEPEST = 4
LONGEST_NAME = 120
ONLY_HERE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class FolderRun:
    """What one look at the folder did: names of files."""

    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class NotYet(Exception):
    """The file changed while it was read: it waits for the next look."""


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
            return _look(root, folders, now=now)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def look_soon() -> None:
    """Have a worker look at once, and not at the next minute; nothing when a look is queued already."""
    from procrastinate.exceptions import AlreadyEnqueued

    from dgs.core.billing.tasks import watch_folder

    with suppress(AlreadyEnqueued):
        watch_folder.defer(timestamp=int(timezone.now().timestamp()))


def _look(root: Path, folders: dict[str, Path], *, now: datetime) -> FolderRun:
    taken, refused = [], []
    waiting = fetch_rested(root, folders)
    # Files that a worker left here when it died are taken again: the same bytes twice change nothing.
    for path in sorted(p for p in folders["working"].rglob("*") if p.is_symlink() or not p.is_dir()):
        name = path.relative_to(folders["working"]).as_posix()
        if path.name.startswith("."):  # half a copy; the whole still lies in `in`
            path.unlink()
            continue
        try:
            (taken if _take(path, name, folders, now=now) else refused).append(name)
        except NotYet:
            log.warning("statement file %r changed while it was read; it is taken at the next look", name)
            waiting.append(name)
    return FolderRun(tuple(taken), tuple(refused), tuple(waiting))


def fetch_rested(root: Path, folders: dict[str, Path]) -> list[str]:
    """Bring what rested since the last look into `working`; the names of what did not."""
    waiting = []
    before = _read_seen(root)
    seen: dict[str, list[int]] = {}
    opened = os.open(folders["in"], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for where, name, at in _entries(opened, ()):
        shown = "/".join((*where, name))
        try:
            there = os.stat(name, dir_fd=at, follow_symlinks=False)
            # A changed time of the inode shows what a copy with kept times, or a rename over the file, would hide.
            mark = [there.st_size, there.st_mtime_ns, there.st_ctime_ns, there.st_ino]
            if before.get(shown) != mark:
                seen[shown] = mark
                waiting.append(_plain(shown))
                continue
            target = _free(folders["working"].joinpath(*[_plain_name(part) for part in where[:1]], _plain_name(name)))
            target.parent.mkdir(parents=True, exist_ok=True)
            _bring(name, at, target)
        except FileNotFoundError:  # renamed or taken back by whoever put it there
            continue
        except OSError as error:
            log.warning("the file %r cannot be fetched: %s", shown, error)
            with translation.override("id"):
                _tell_once(folders["refused"] / f"{_plain_name(name)}.txt", _plain(shown), _cannot(error))
    _write_seen(root, seen)
    return sorted(waiting)


def _entries(opened: int, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Everything below a folder that is no folder: the folders it lies in, its name, and the descriptor of its folder.

    By descriptors, so that a folder which becomes a link meanwhile leads nowhere else. Closes what it was given.
    """
    try:
        with os.scandir(opened) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            name = entry.name
            if name.startswith(UNFINISHED_HEAD) or name.lower().endswith(UNFINISHED):
                continue
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                if not is_folder:
                    yield where, name, opened
                elif len(where) < DEEPEST:
                    yield from _entries(os.open(name, ONLY_HERE | os.O_DIRECTORY, dir_fd=opened), (*where, name))
                else:
                    log.warning("the folder %r lies too deep; what is in it is not looked at", "/".join((*where, name)))
            except OSError as error:
                log.warning("the folder %r cannot be looked into: %s", "/".join((*where, name)), error)
    except OSError as error:
        log.warning("the folder %r cannot be looked into: %s", "/".join(where), error)
    finally:
        os.close(opened)


def _bring(name: str, at: int, target: Path) -> None:
    """Move a file out of reach of whoever put it there; links and pipes come as they are and are refused when they are read."""
    try:
        os.rename(name, target, src_dir_fd=at)
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    # `in` is mounted from elsewhere, as in the recipe for SFTP.
    if not stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
        raise OSError(errno.EINVAL, "not a file")
    # What could not be taken away afterwards would be fetched again at each look.
    if not os.access(".", os.W_OK | os.X_OK, dir_fd=at):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    half = target.with_name(f".{target.name}.half")
    with os.fdopen(os.open(name, ONLY_HERE | os.O_NONBLOCK, dir_fd=at), "rb") as source, open(half, "wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    os.rename(half, target)
    os.unlink(name, dir_fd=at)


def _take(path: Path, name: str, folders: dict[str, Path], *, now: datetime) -> bool:
    with translation.override("id"):
        try:
            data = read_plain(path, MAX_XML_BYTES)
            result = take_statement(data, file_name=path.name, account=_account(name), by=None, now=now)
        except StatementRefused as refusal:
            log.warning("statement file %r was refused", name)
            put_away(path, folders["refused"], str(refusal) + _again(), now=now)
            return False
        except OSError as error:
            log.warning("statement file %r cannot be read: %s", name, error)
            put_away(path, folders["refused"], _cannot(error) + _again(), now=now)
            return False
        except (OperationalError, InterfaceError):  # the database is away: nobody's fault, and the next look may find it
            raise
        except NotYet:
            raise
        except Exception:
            log.exception("statement file %r could not be taken", name)
            said = _("The file could not be taken because of a fault of the program; it was written into the log.")
            put_away(path, folders["refused"], said + _again(), now=now)
            return False
        put_away(path, folders["processed"], _outcome(result), now=now)
    return True


def read_plain(path: Path, most: int) -> bytes:
    """The bytes of a plain file of at most `most`; never through a link, never waiting for a pipe (StatementRefused)."""
    try:
        opened = os.open(path, ONLY_HERE | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise StatementRefused(_("This is a link or a pipe, not a file.")) from None
        raise
    with os.fdopen(opened, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise StatementRefused(_("This is a link or a pipe, not a file."))
        if before.st_size > most:
            raise StatementRefused(_("The file is larger than %(mb)s MB."), mb=most // 1024 // 1024)
        data = file.read()
        after = os.fstat(file.fileno())
    # Whoever still has the file open writes on, wherever it was moved.
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or len(data) != after.st_size:
        raise NotYet
    return data


def _outcome(result: TakenStatement) -> str:
    if result.is_known:
        said = _("This very file was taken before; nothing has changed.")
    else:
        said = _("New lines: %(new)s. Known lines: %(known)s. Matched: %(matched)s. On the work list: %(listed)s.") % {
            "new": result.lines_new, "known": result.lines_known, "matched": result.matched, "listed": result.listed,
        }
    return f"{said}\n{result.said_left_out}".strip()


def _again() -> str:
    return "\n\n" + _("Nothing of this file was taken. Mend it or ask the bank for it again, and put it into the folder “in”.")


def _cannot(error: OSError) -> str:
    reasons = {
        errno.EACCES: _("The program may not read the file or its folder; its rights must allow the group to read."),
        errno.EINVAL: _("This is a link or a pipe, not a file."),
    }
    return reasons.get(error.errno or 0, _("The file cannot be read (%(fault)s).") % {"fault": error.strerror or "?"})


def _account(name: str) -> BankAccount | None:
    folder = name.split("/")[0] if "/" in name else ""
    if not folder:
        return None
    for account in BankAccount.objects.filter(is_active=True):
        if account_key(account.number) == account_key(folder):
            return account
    raise StatementRefused(_("No account of the region has the number %(number)s."), number=folder)


def put_away(path: Path, folder: Path, said: str, *, now: datetime) -> None:
    """Move a file to where it ends, with what is said about it beside it."""
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder / f"{stamp}-{path.name}")
    # The words first: a worker that dies in between leaves a file that is taken again, never one without a word about it.
    _tell_once(target.with_name(f"{target.name}.txt"), path.name, said)
    os.rename(path, target)


def _tell_once(path: Path, name: str, said: str) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(f"{name}\n\n{said}\n")
    except FileExistsError:
        return


def _free(target: Path) -> Path:
    """The path, or with a number before its last part, so that neither it nor the .txt beside it is there already."""
    count, wanted = 1, target
    while os.path.lexists(target) or os.path.lexists(target.with_name(f"{target.name}.txt")):
        count += 1
        target = wanted.with_name(f"{wanted.stem}-{count}{wanted.suffix}")
    return target


def _plain(text: str) -> str:
    """Text that can be shown, logged and kept whatever bytes a name is made of."""
    return "".join(ch if ch.isprintable() else "_" for ch in text.encode("utf-8", "replace").decode("utf-8", "replace"))


def _plain_name(name: str) -> str:
    """A name that any file system takes, with room for a date before and an ending behind; its own ending stays."""
    name = _plain(name).replace("/", "_").lstrip(".") or "_"
    kept = name.encode()
    if len(kept) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = f"{dot}{ending}" if dot and len(ending) <= 10 else ""
    stem = (stem if ending else name).encode()[: LONGEST_NAME - len(ending.encode())].decode("utf-8", "ignore")
    return stem + ending


def _read_seen(root: Path) -> dict[str, list[int]]:
    try:
        return json.loads((root / SEEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write_seen(root: Path, seen: dict[str, list[int]]) -> None:
    half = root / f"{SEEN}.half"
    half.write_text(json.dumps(seen), encoding="utf-8")
    os.replace(half, root / SEEN)
