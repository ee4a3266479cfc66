"""Reading bank statement files: which format it is, how large it may be, how it is encoded; the readers stand beside."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.statements.camt053 import looks_like_xml, read_camt053
from dgs.core.billing.statements.delimited import read_csv
from dgs.core.billing.statements.mapping import ColumnChoice, find_choice
from dgs.core.billing.statements.mt940_reader import looks_like_mt940, read_mt940
from dgs.core.billing.statements.shape import ParsedLine, ParsedStatement, Part, account_key, plain

__all__ = [
    "MAX_BYTES", "MAX_LINES", "MAX_XML_BYTES", "ColumnChoice", "ParsedLine", "ParsedStatement", "Part", "account_key", "plain",
    "read_statement",
]

MAX_BYTES = 20 * 1024 * 1024
# XML says with 800 bytes what MT940 says with 100; such a file comes through the watched folder, an upload keeps to MAX_BYTES.
MAX_XML_BYTES = 100 * 1024 * 1024
MAX_LINES = 200_000

NOT_TEXT = {
    b"PK\x03\x04": _("This is an Excel or ZIP file. Save the statement as CSV, or download MT940 or CAMT.053 from the bank."),
    b"\xd0\xcf\x11\xe0": _("This is an old Excel file. Save the statement as CSV, or download MT940 or CAMT.053 from the bank."),
    b"%PDF": _("This is a PDF. Please download the statement as MT940, CAMT.053 or CSV from the bank."),
}


def read_statement(data: bytes, choices: Sequence[ColumnChoice] = (), account: str = "") -> ParsedStatement:
    """The bookings of an MT940, camt.053 or CSV file; a CSV by the first of the choices that fits it and the account's number.

    Refuses (StatementRefused) what is empty, larger than MAX_BYTES (MAX_XML_BYTES for camt.053), not text, or broken anywhere:
    then nothing is taken and the sentence names line and column.
    """
    if not data.strip():
        raise StatementRefused(_("The file is empty."))
    is_xml = looks_like_xml(data)
    most = MAX_XML_BYTES if is_xml else MAX_BYTES
    if len(data) > most:
        raise StatementRefused(_("The file is larger than %(mb)s MB."), mb=most // 1024 // 1024)
    for magic, sentence in NOT_TEXT.items():
        if data.startswith(magic):
            raise StatementRefused(sentence)
    if is_xml:
        parsed = read_camt053(data)
    else:
        parsed = _of_text(data, choices, account)
    if len(parsed.lines) > MAX_LINES:
        raise StatementRefused(_("The file has more than %(count)s lines."), count=MAX_LINES)
    return parsed


def _of_text(data: bytes, choices: Sequence[ColumnChoice], account: str) -> ParsedStatement:
    text = _decode(data)
    if looks_like_mt940(text):
        return read_mt940(text)
    return find_choice(data, choices, account) or read_csv(text)


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise StatementRefused(_("The file is not readable as text."))
