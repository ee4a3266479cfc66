"""Reading an e-mail file that came from anybody, without being held up or broken by it; what it means is for the rooms."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

# The words of an e-mail stand at its beginning; pictures behind them are not read. The library takes minutes over long headers.
READ_BYTES = 400_000
LONGEST_HEADER = 2_000
MOST_PARTS = 200


class Unreadable(ValueError):
    """The file is no e-mail that could be read."""


def parsed(data: bytes) -> EmailMessage:
    """The e-mail in a file, its overlong headers and far end left out; Unreadable for what is none."""
    try:
        message = message_from_bytes(_short(data), policy=policy.default)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("no e-mail") from error
    if not message.keys():
        raise Unreadable("no headers")
    return message


def header(message: EmailMessage, name: str) -> str:
    """A header as one line, empty when there is none or it cannot be read."""
    try:
        value = message.get(name)
        return " ".join(str(value).replace("\x00", " ").split())[:2000] if value is not None else ""
    except Exception:  # the library raises many kinds on broken headers
        return ""


def _short(data: bytes) -> bytes:
    """The beginning, in which no line, with the lines that continue it, is longer than headers are."""
    kept, length = [], 0
    lines = data[:READ_BYTES].splitlines(keepends=True)
    if sum(line.startswith(b"--") for line in lines) > MOST_PARTS * 2:
        raise Unreadable("too many parts")
    for line in lines:
        length = length + len(line) if line[:1] in b" \t" and line.strip() else len(line)
        if length <= LONGEST_HEADER:
            kept.append(line)
        elif length - len(line) < LONGEST_HEADER:
            kept.append(line[: LONGEST_HEADER - length + len(line)] + b"\n")
    return b"".join(kept)
