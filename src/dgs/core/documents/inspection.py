"""Judges an uploaded file by its content and says in plain words why one is refused; nothing is stored here."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from dgs.core.documents.bounded import Died, TookTooLong, run_bounded
from dgs.kernel.errors import InvalidInput

log = logging.getLogger(__name__)

KINDS = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
ENDINGS = {"pdf": {"pdf"}, "jpeg": {"jpg", "jpeg", "jpe", "jfif", "png"}, "png": {"png", "jpg", "jpeg"}}
SECONDS = 15.0
KEEP_VERDICT = 600  # seconds
# Of one web process: whoever sends heavy files to many pages at once must not hold all its threads.
JUDGES = threading.BoundedSemaphore(2)
WAIT = 2.0

REASONS = {
    "empty": _("This file is empty. Choose it again."),
    "size": _("This file is too big: %(size)s MB. At most %(limit)s MB are allowed. Scan it at a lower resolution."),
    "kind": _("This file is not what it should be. Allowed: %(allowed)s."),
    "heic": _("This is an HEIC photo. Save it as JPEG and choose it again."),
    "renamed": _("The name of this file ends in .%(ending)s, but its content is %(kind)s. Give it its right name."),
    "corrupt": _("This file is damaged and cannot be opened. Open it on your device, save it anew and try again."),
    "encrypted": _("This PDF is locked with a password. Save it without a password and try again."),
    "active": _("This PDF holds a script or another active part. Print it to a new PDF and try again."),
    "outgoing": _("This PDF opens an address or another file by itself. Print it to a new PDF and try again."),
    "embedded": _("This PDF holds other files inside. Send each file by itself."),
    "bomb": _("This file would unpack to an enormous size. Scan the document anew."),
    "pixels": _("This picture has too many pixels. At most 40 million are allowed; make it smaller."),
    "pages": _("This PDF has too many pages. At most 1,000 are allowed."),
    "polyglot": _("This file is two kinds of file in one. Scan or photograph the document anew."),
    "busy": _("Many files are being checked at this moment. Choose this one again in a minute."),
    "heavy": _("This file takes too long to check. Scan the document anew."),
}


class FileRefused(InvalidInput):
    """A file is not accepted; `reason` is one of REASONS and nothing was stored."""

    code = "file-refused"

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        super().__init__(None, REASONS[reason], **values)


class Judged(NamedTuple):
    """`kind` is "pdf", "jpeg" or "png"; `pages` is known for PDF."""

    kind: str
    content_type: str
    pages: int | None


def judge(data: bytes, name: str, *, accept: Collection[str], max_mb: float) -> Judged:
    """What a file is by its content; FileRefused with a sentence that says how to mend it.

    The name decides nothing, but one that claims another kind than the content is refused: it is how harmful files
    travel. The content is read in a child process with limits of memory and time.
    """
    if not data:
        raise FileRefused("empty")
    if len(data) > max_mb * 1024 * 1024:
        raise FileRefused("size", size=f"{len(data) / 1048576:.1f}".replace(".", ","), limit=f"{max_mb:g}")
    kind = sniff(data)
    if kind is None or kind not in accept:
        if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"hevc"}:
            raise FileRefused("heic")
        raise FileRefused("kind", allowed=", ".join(k.upper() for k in KINDS if k in accept))
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    if ending and ending not in ENDINGS[kind]:
        raise FileRefused("renamed", ending=ending[:20], kind=kind.upper())
    answer = _verdict(data, kind)
    if "refused" in answer:
        raise FileRefused(answer["refused"])
    return Judged(kind, KINDS[kind], answer["pages"])


def _verdict(data: bytes, kind: str) -> dict:
    """What the child says of a file; the same bytes sent again (a page gone back to, a form sent twice) ask no child."""
    key = f"documents:verdict:{kind}:{hashlib.sha256(data).hexdigest()}"
    if (known := cache.get(key)) is not None:
        return known
    script = Path(__file__).parent / "judge_child.py"
    if not JUDGES.acquire(timeout=WAIT):
        raise FileRefused("busy")
    try:
        answer = json.loads(run_bounded(script, data, kind, seconds=SECONDS))
    except TookTooLong:
        raise FileRefused("heavy")
    except Died as error:
        log.warning("the check of an uploaded file ended without an answer: %s", error)
        raise FileRefused("heavy")
    finally:
        JUDGES.release()
    cache.set(key, answer, KEEP_VERDICT)
    return answer


def sniff(data: bytes) -> str | None:
    """The kind by the first bytes; a PDF may begin with a byte-order mark or blanks, as scanners write it."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:32].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x00").startswith(b"%PDF-"):
        return "pdf"
    return None
