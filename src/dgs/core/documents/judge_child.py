"""Judges one uploaded file in a process of its own: what was sent may be made to harm the reader; no Django here.

Called as `judge_child.py SEARCH_PATH KIND` with the file on standard input; writes JSON: {"refused": reason} or
{"pages": n}. Nothing is ever unpacked whole: compressed parts are run through in pieces and counted.
"""

import io
import json
import os
import re
import resource
import sys

MEMORY = 900 * 1024 * 1024
resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
resource.setrlimit(resource.RLIMIT_CPU, (4, 4))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

sys.path.extend(place for place in sys.argv[1].split(os.pathsep) if place not in sys.path)

PIXELS = 40_000_000
PAGES = 1000
OBJECTS = 200_000
UNPACKED = 256 * 1024 * 1024
LAYERS = 4
ACTIVE_ACTIONS = {
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMediaExecute", "/Trans3D",
}
HARMLESS_BY_THEMSELVES = {"/GoTo", "/Named"}  # what may happen without a click: another page of this very file is shown
ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
ACTIVE_TYPES = {"/RichMedia", "/Movie", "/Screen", "/3D", "/Sound"}


class Refused(Exception):
    """The reason, as the parent knows it."""


def spelled(name: bytes) -> bytes:
    """A PDF name as a pattern: each letter may be written as #xx."""
    return b"".join(b"(?:%s|#%x|#%X)" % (bytes([c]), c, c) for c in name)


HIDDEN = re.compile(b"/(?:" + spelled(b"JavaScript") + b"|" + spelled(b"Launch") + rb")(?![A-Za-z0-9])")


def judge_picture(data: bytes, kind: str) -> dict:
    """Decodes the whole picture; its size is known before a pixel is made."""
    import warnings

    from PIL import Image, ImageFile

    warnings.simplefilter("ignore")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = None
    lower = data.lower()
    if b"%PDF-" in data or b"<?php" in lower or b"<script" in lower or b"<html" in lower:
        raise Refused("polyglot")
    wanted = ["JPEG"] if kind == "jpeg" else ["PNG"]
    for full in (False, True):
        with Image.open(io.BytesIO(data), formats=wanted) as picture:
            width, height = picture.size
            if width * height > PIXELS:
                raise Refused("pixels")
            if full:
                picture.load()
            else:
                picture.verify()
    if kind == "png" and (end := data.rfind(b"IEND\xaeB`\x82")) >= 0 and data[end + 8 :].strip(b"\x00\r\n "):
        raise Refused("polyglot")
    return {"pages": None}


def judge_pdf(data: bytes) -> dict:
    """Walks every object, never an action; counts pages and what the packed parts would unpack to."""
    import logging
    import warnings

    from pypdf import PdfReader
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if HIDDEN.search(data):
        raise Refused("active")
    if b"%%EOF" not in data[-2048:] and b"startxref" not in data[-2048:]:
        raise Refused("corrupt")
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        raise Refused("encrypted")
    numbers = {(n, g) for g, rows in reader.xref.items() for n in rows} | {(n, 0) for n in reader.xref_objStm}
    if len(numbers) > OBJECTS:
        raise Refused("bomb")
    room = Room()
    stack = [reader.trailer]
    for number, generation in numbers:
        if number == 0:
            continue
        try:
            found = reader.get_object(IndirectObject(number, generation, reader))
        except MemoryError:
            raise Refused("bomb")
        except Exception:  # noqa: BLE001,S112 - a broken object that nothing uses is common and harmless
            continue
        stack.append(found)
        seen = 0
        while stack:
            item = stack.pop()
            seen += 1
            if seen > OBJECTS * 10:
                raise Refused("bomb")
            if isinstance(item, DictionaryObject):
                check(item)
                if isinstance(item, StreamObject):
                    room.take(item)
                stack.extend(v for v in item.values() if isinstance(v, DictionaryObject | ArrayObject))
            elif isinstance(item, ArrayObject):
                stack.extend(v for v in item if isinstance(v, DictionaryObject | ArrayObject))
    pages = len(reader.pages)
    if pages == 0:
        raise Refused("corrupt")
    if pages > PAGES:
        raise Refused("pages")
    for page in reader.pages:
        if page.get("/Type") not in ("/Page", None):
            raise Refused("corrupt")
    return {"pages": pages}


def check(item) -> None:
    """Refuses what would run something, leaves the document by itself, or carries another file inside."""
    from pypdf.generic import StreamObject

    kind, sub, act = (str(item.raw_get(k)) if k in item else "" for k in ("/Type", "/Subtype", "/S"))
    if act in ACTIVE_ACTIONS or sub in ACTIVE_TYPES or ACTIVE_KEYS & set(item):
        raise Refused("active")
    # A file specification need not say its /Type: whatever has /EF carries a file.
    if kind == "/EmbeddedFile" or {"/EmbeddedFiles", "/EF"} & set(item) or sub == "/FileAttachment":
        raise Refused("embedded")
    for key in ("/OpenAction", "/AA"):
        if key in item:
            check_automatic(item, key)
    if isinstance(item, StreamObject) and ("/F" in item or (sub == "/Form" and "/Ref" in item)):
        raise Refused("outgoing")  # the content lies in another file or at an address, and is fetched when shown
    if sub == "/Image":
        try:
            if int(item.get("/Width", 0)) * int(item.get("/Height", 0)) > PIXELS * 3:
                raise Refused("pixels")
        except (TypeError, ValueError):
            raise Refused("corrupt")


def check_automatic(item, key: str) -> None:
    """Refuses what leaves the document without a click: an address or another file opened when a page is opened or left.

    ISO 32000-1, 12.6.3: a reader runs /OpenAction and the entries of /AA by itself, each followed by its /Next.
    """
    from pypdf.generic import ArrayObject, DictionaryObject

    found = item[key]
    if key == "/AA":
        waiting = [found[event] for event in found] if isinstance(found, DictionaryObject) else []
    else:
        waiting = [found] if isinstance(found, DictionaryObject) else []  # an array is a place in this document
    seen = 0
    while waiting:
        action, seen = waiting.pop(), seen + 1
        if seen > 1000:
            raise Refused("bomb")
        if isinstance(action, ArrayObject):
            waiting.extend(action[at] for at in range(len(action)))
        elif isinstance(action, DictionaryObject):
            if "/S" in action and str(action["/S"]) not in HARMLESS_BY_THEMSELVES:
                raise Refused("outgoing")
            if "/Next" in action:
                waiting.append(action["/Next"])


class Room:
    """What may still be unpacked from one file."""

    def __init__(self) -> None:
        self.left = UNPACKED

    def take(self, stream) -> None:
        """Runs a stream through its packing filters and counts; nothing of it is kept."""
        filters = stream.get("/Filter", [])
        if not isinstance(filters, list):
            filters = [filters]
        names = [str(getattr(f, "get_object", lambda f=f: f)()) for f in filters]
        if len(names) > LAYERS:
            raise Refused("bomb")
        pieces = iter([stream._data])
        for name in names:
            if name in ("/FlateDecode", "/Fl"):
                pieces = inflate(pieces)
            elif name in ("/LZWDecode", "/LZW"):
                pieces = self.lzw(pieces)
            elif name in ("/RunLengthDecode", "/RL"):
                pieces = self.runs(pieces)
            elif name in ("/ASCIIHexDecode", "/AHx", "/ASCII85Decode", "/A85"):
                pieces = self.ascii(name, pieces)
            else:
                break
        for piece in pieces:
            self.left -= len(piece)
            if self.left < 0:
                raise Refused("bomb")

    def ascii(self, name, pieces):
        """Text filters never grow what they decode."""
        import base64
        import binascii

        whole = b"".join(self.bounded(pieces))
        body = re.sub(rb"\s+", b"", whole)
        try:
            if name in ("/ASCIIHexDecode", "/AHx"):
                body = body.split(b">")[0]
                yield binascii.unhexlify(body + b"0" * (len(body) % 2))
            else:
                yield base64.a85decode(body.removeprefix(b"<~").split(b"~>")[0])
        except ValueError:
            raise Refused("corrupt")

    def runs(self, pieces):
        """Run-length packing grows at most 64 times: counted at its worst."""
        for piece in pieces:
            for at in range(0, len(piece), 4096):
                yield bytes(len(piece[at : at + 4096]) * 64)

    def lzw(self, pieces):
        """The length of what LZW would unpack, code by code; only a last layer can be judged so."""
        data = b"".join(self.bounded(pieces))
        sizes, width, before, bits, held, total = [1] * 256 + [0, 0], 9, 0, 0, 0, 0
        for byte in data:
            bits, held = bits << 8 | byte, held + 8
            while held >= width:
                code = bits >> (held - width) & ((1 << width) - 1)
                held -= width
                bits &= (1 << held) - 1
                if code == 256:
                    sizes, width, before = [1] * 256 + [0, 0], 9, 0
                    continue
                if code == 257:
                    yield bytes(total)
                    return
                size = sizes[code] if code < len(sizes) else before + 1
                if before:
                    sizes.append(before + 1)
                    if len(sizes) + 1 >= 1 << width and width < 12:
                        width += 1
                before = size
                total += size
                if total > 1 << 20:
                    yield bytes(total)
                    total = 0
        yield bytes(total)

    def bounded(self, pieces):
        """What an inner layer gives, as long as there is room."""
        for piece in pieces:
            self.left -= len(piece)
            if self.left < 0:
                raise Refused("bomb")
            yield piece


def inflate(pieces):
    """Unpacks Flate in pieces of 64 KB; a stream cut short is what real files have and is no reason to refuse."""
    import zlib

    machine = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest:
            try:
                out = machine.decompress(rest, 65536)
            except zlib.error:
                return
            rest = machine.unconsumed_tail
            if out:
                yield out
            elif machine.eof or not rest:
                break


def is_zip(data: bytes) -> bool:
    """Whether the end of the file is that of a ZIP archive (APPNOTE 4.3.16), which readers look for from the end."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if at < 0 or len(data) - at < 22:
        return False
    size = int.from_bytes(data[at + 12 : at + 16], "little")
    return data[max(0, at - size) : max(0, at - size) + 4] == b"PK\x01\x02" or b"PK\x01\x02" in data[:at]


def main() -> None:
    """One file in, one answer out."""
    data, kind = sys.stdin.buffer.read(), sys.argv[2]
    # Outside the catch-all below: a missing library must not look like a damaged file.
    __import__("pypdf" if kind == "pdf" else "PIL.Image")
    try:
        if is_zip(data):
            raise Refused("polyglot")
        answer = judge_pdf(data) if kind == "pdf" else judge_picture(data, kind)
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except MemoryError:
        answer = {"refused": "bomb"}
    except Exception:  # noqa: BLE001 - whatever a library says of a damaged file, it is damaged
        answer = {"refused": "corrupt"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


main()
