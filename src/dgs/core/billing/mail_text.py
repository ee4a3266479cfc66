"""What an e-mail file says, for confirming transfers: from whom, its own words, and whether a program wrote it; pure, no queries.

Files come from strangers: headers may be broken, charsets unknown, parts nested without end. Nothing here raises but MailBroken.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser

from dgs.kernel.mails import MOST_PARTS, Unreadable, header, parsed

LONGEST_TEXT = 20_000
DEEPEST = 20
# Where an answer quotes what it answers; what follows is not the sender's own.
QUOTED = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|pesan asli|forwarded message|pesan terusan)|_{20,}\s*$"
    r"|(?:on|pada)\b.{0,200}\b(?:wrote|menulis)\s*:\s*$|(?:dari|from)\s*:\s.{0,200}@)",
    re.I,
)
OF_PROGRAMS = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply(?:\+.*)?|do-?not-?reply|bounces?[+\-].*|.*-bounces?)$", re.I)
SKIPPED = {"script", "style", "head", "title", "blockquote", "template"}
BREAKING = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"}
VOID = {"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source"}


class MailBroken(Exception):
    """The file is no e-mail that could be read; the code is one of "unreadable", "sender"."""


@dataclass(frozen=True)
class Mail:
    """An e-mail: `key` names it (hash of Message-ID, sender, words), `sender` its one address in small letters, `text` its words.

    `automatic` says by which sign a program, a list or a bounce is recognised, "" for a person.
    """

    key: str
    sender: str
    text: str
    automatic: str


def read_mail(data: bytes) -> Mail:
    """The e-mail in a file; MailBroken for what is none, and for one that names no single sender."""
    try:
        message = parsed(data)
    except Unreadable as error:
        raise MailBroken("unreadable") from error
    automatic = _automatic(message)
    sender = _sender(message)
    if sender is None and not automatic:
        raise MailBroken("sender")
    text = header(message, "Subject") + "\n" + own_words(_text(message))
    return Mail(_key(message, sender or "", text), sender or "", text[:LONGEST_TEXT], automatic)


def own_words(text: str) -> str:
    """The text without what it quotes of an earlier e-mail and without its signature."""
    kept = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:2000]
    for number, line in enumerate(lines):
        # "On … wrote:" is often broken over two lines.
        both = f"{line} {lines[number + 1]}" if number + 1 < len(lines) else line
        if line.rstrip() == "--" or QUOTED.match(line[:400]) or (line[:3].lower() in {"on ", "pad"} and QUOTED.match(both[:400])):
            if any(one.strip() for one in kept):
                break
            continue
        if not line.lstrip().startswith(">"):
            kept.append(line[:1000])
    return "\n".join(kept)


def _sender(message: EmailMessage) -> str | None:
    """The one address of From; Reply-To is not looked at, or an answer to one could be led to another."""
    try:
        if sum(name.lower() == "from" for name in message) != 1:
            return None
        values = [str(message["From"])[:1000]]
        found = {address.strip().lower() for _name, address in getaddresses(values) if address}
    except Exception:
        return None
    if len(found) != 1:
        return None
    address = found.pop()
    return address if re.fullmatch(r"[^@\s<>,;:\"\x00-\x1f\x7f]{1,64}@[a-z0-9.\-]{3,200}", address) else None


def _automatic(message: EmailMessage) -> str:
    """The sign by which it is seen that no person wrote this (RFC 3834, RFC 2919, and what programs do)."""
    submitted = header(message, "Auto-Submitted").split(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return "Auto-Submitted"
    if header(message, "Precedence").lower() in {"bulk", "list", "junk", "auto_reply"}:
        return "Precedence"
    if "Return-Path" in message and header(message, "Return-Path") in {"", "<>"}:
        return "Return-Path"
    for name in (
        "List-Id", "List-Post", "List-Unsubscribe", "X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Loop",
        "Feedback-ID", "X-Failed-Recipients",
    ):
        if name in message:
            return name
    if message.get_content_type() in {"multipart/report", "message/delivery-status", "message/disposition-notification"}:
        return "Content-Type"
    sender = _sender(message) or ""
    return "From" if OF_PROGRAMS.match(sender.partition("@")[0]) else ""


def _key(message: EmailMessage, sender: str, text: str) -> str:
    """What makes the same e-mail the same: Message-ID (else its day), sender and words; anybody can copy a Message-ID."""
    name = header(message, "Message-ID").strip("<> ").lower()
    named = "\n".join([f"id:{name}" if name else header(message, "Date"), sender, text])
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()


def _text(message: EmailMessage) -> str:
    """The first plain part that says something, else the first HTML part without its tags; attachments are not looked into."""
    plain, html = "", ""
    for part in _parts(message):
        kind = part.get_content_type()
        if kind == "text/plain" and not plain.strip():
            plain = _decoded(part)
        elif kind == "text/html" and not html.strip():
            html = _decoded(part)
    return plain if plain.strip() else stripped(html)


def _parts(message: EmailMessage):
    """The parts in their order, not too many and not too deep; attached ones and e-mails inside are left out."""
    waiting, seen = [(message, 0)], 0
    while waiting and seen < MOST_PARTS:
        part, depth = waiting.pop(0)
        seen += 1
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            if depth < DEEPEST and part.get_content_maintype() == "multipart":
                waiting[:0] = [(one, depth + 1) for one in inner[:MOST_PARTS]]
        elif "attachment" not in header(part, "Content-Disposition").lower():
            yield part


def _decoded(part: EmailMessage) -> str:
    """The text of a part whatever it says of its charset: as it says, else UTF-8, else byte by byte."""
    try:
        data = part.get_payload(decode=True) or b""
    except Exception:
        return ""
    data = data[: LONGEST_TEXT * 8]
    said = (part.get_param("charset") or "") if not isinstance(part.get_param("charset"), tuple) else part.get_param("charset")[2]
    for charset in (said, "utf-8"):
        try:
            return data.decode(charset).replace("\x00", " ") if charset else data.decode("utf-8").replace("\x00", " ")
        except (LookupError, ValueError, TypeError):
            continue
    return data.decode("cp1252", "replace").replace("\x00", " ")


class _Stripper(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in VOID:
            self.found.append("\n" if tag in BREAKING else " ")
            return
        classes = dict(attrs).get("class") or ""
        if tag in SKIPPED or "gmail_quote" in classes or (self.inside and tag == self.inside[0]):
            self.inside.append(tag)
        elif tag in BREAKING:
            self.found.append("\n")

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()
        elif tag in BREAKING or tag in {"td", "th"}:
            self.found.append("\n" if tag in BREAKING else " ")

    def handle_data(self, data):
        if not self.inside:
            self.found.append(data)


def stripped(html: str) -> str:
    """The words of HTML, a line for each paragraph; scripts, styles and quotations are left out."""
    reader = _Stripper()
    try:
        reader.feed(html[: LONGEST_TEXT * 4])
        reader.close()
    except Exception:
        return ""
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)
