"""Makes letters: typst source and data to PDF/A-2a with letterhead and QR; numbers and signatures are not made here."""

from __future__ import annotations

import io
import json
import re
import tempfile
import unicodedata
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import segno
from django.utils.translation import gettext_lazy as _

from dgs import ui
from dgs.core.documents.bounded import Died, TookTooLong, run_bounded
from dgs.kernel.errors import RuleBroken
from dgs.ui.themes import current_theme

HERE = Path(__file__).parent
DRAWINGS = Path(ui.__file__).parent / "static"
# By the wall, for a busy machine; the child limits its processor time to ten seconds by itself.
SECONDS = 40.0
SOURCE_LIMIT = 200_000
SAMPLE: dict[str, Any] = {
    "language": "id",
    "region": {"name": "Kabupaten Contoh", "government": "Pemerintah Kabupaten Contoh", "accent": "#14507a"},
    "office": {"name": "Dinas Contoh", "address": "", "phone": "", "email": "", "place": "Contoh"},
    "document": {
        "number": "", "title": "Surat", "code": "", "code_text": "", "verify_url": "https://contoh.invalid/",
        "verify_site": "contoh.invalid/verifikasi", "issued_on": "2026-01-02", "valid_until": None,
    },
    "signatory": {"name": "", "nip": "", "title": "", "capacity": "definitive"},
    "applicant": {}, "business": None, "values": {}, "raw": {}, "findings": {}, "fee_total": 0, "lines": [],
}


class LetterBroken(RuleBroken):
    """A letter's source does not compile; `line` counts from 1 in letter.typ, 0 = elsewhere."""

    code = "letter-broken"
    sentence = _("The letter cannot be made (line %(line)s): %(message)s")
    status = 422

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(line=line, message=message)


def compile_letter(source: str, data: dict) -> bytes:
    """A letter as PDF/A-2a (ISO 19005-2): tagged, with title and language; LetterBroken when it cannot be made.

    `data` is what `json("/data.json")` gives the source; what the letterhead needs and `data` lacks is filled from a
    sample, so that a definition can be tried before anything was issued. The source sees a private folder with
    letterhead.typ, emblem.svg, qr.svg and data.json and nothing else; it has ten seconds of processor time.
    """
    if len(source) > SOURCE_LIMIT:
        raise LetterBroken(0, str(_("the source is too long")))
    full = _completed(data)
    stamp = datetime.combine(date.fromisoformat(full["document"]["issued_on"][:10]), time(0), UTC)
    theme = current_theme()
    with tempfile.TemporaryDirectory(prefix="dgs-letter-") as folder:
        root = Path(folder).resolve()
        (root / "letter.typ").write_text(source, encoding="utf-8")
        (root / "letterhead.typ").write_bytes((HERE / "data" / "letterhead.typ").read_bytes())
        (root / "emblem.svg").write_bytes((DRAWINGS / theme.emblem).read_bytes())
        (root / "motif.svg").write_bytes((DRAWINGS / theme.motif).read_bytes())
        (root / "qr.svg").write_bytes(qr_svg(full["document"]["verify_url"]))
        job = json.dumps({"data": full, "timestamp": int(stamp.timestamp())}).encode()
        try:
            answer = run_bounded(HERE / "letter_child.py", job, str(root), seconds=SECONDS)
        except TookTooLong:
            raise LetterBroken(0, str(_("it takes too long to make")))
        except Died:
            raise LetterBroken(0, str(_("it needs too much memory or time to make")))
    if answer[:3] != b"PDF":
        problem = json.loads(answer[3:])
        raise LetterBroken(problem["line"], problem["message"])
    return answer[3:]


def qr_svg(text: str) -> bytes:
    """A QR code (ISO/IEC 18004, error correction M) as SVG with a quiet zone, without a size of its own (it fills its place)."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, omitsize=True)
    return out.getvalue()


def _completed(data: dict) -> dict:
    full = {}
    for key, sample in SAMPLE.items():
        given = data.get(key, sample)
        full[key] = {**sample, **given} if isinstance(sample, dict) and isinstance(given, dict) else given
    full.update({key: value for key, value in data.items() if key not in full})
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(full["region"]["accent"])):
        full["region"]["accent"] = SAMPLE["region"]["accent"]
    full["language"] = full["language"] if full["language"] in {"id", "en"} else "id"
    return _printable(full)


def _printable(value: Any) -> Any:
    """The same data without characters that PDF/A forbids or that would re-order what is read."""
    if isinstance(value, str):
        forbidden = {"Cc", "Cf", "Co", "Cs", "Cn"}
        return "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in forbidden)
    if isinstance(value, dict):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
