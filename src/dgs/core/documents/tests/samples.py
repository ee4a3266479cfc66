"""Files for the tests, good and hostile, all made here."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject


def pdf(pages=1, change=None, password=None) -> bytes:
    writer = PdfWriter()
    for _n in range(pages):
        writer.add_blank_page(200, 200)
    if change:
        change(writer)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def raw_pdf(*objects: bytes, catalog: bytes = b"") -> bytes:
    """A PDF written by hand: object 1 the catalog, 2 the page tree, 3 a page, then what is given."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>", *objects,
    ]
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(bodies) + 1, table, len(bodies) + 1, len(out)
    )


def stream(data: bytes, filters: bytes) -> bytes:
    return b"<</Length %d/Filter%s>>\nstream\n%s\nendstream" % (len(data), filters, data)


def zeros(megabytes: int, layers: int = 1) -> bytes:
    """That many megabytes of zeros packed by Flate: one packed megabyte as often as wanted, so made in no time."""
    machine = zlib.compressobj(9, wbits=-15)
    packed = machine.compress(bytes(1 << 20)) + machine.flush(zlib.Z_FULL_FLUSH)
    check = struct.pack(">HH", (megabytes << 20) % 65521, 1)  # Adler-32 of so many zeros
    data = b"\x78\xda" + packed * megabytes + machine.flush() + check
    for _n in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


def with_action(name: str):
    def change(writer):
        act = DictionaryObject({NameObject("/S"): NameObject(name)})
        if name == "/JavaScript":
            act[NameObject("/JS")] = TextStringObject("app.alert(1)")
        writer._root_object[NameObject("/OpenAction")] = writer._add_object(act)
    return change


def with_form_of_xfa(writer):
    part = StreamObject()
    part.set_data(b"<xdp/>")
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/XFA"): writer._add_object(part)})


def image(kind="PNG", size=(40, 30), mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, None).save(out, kind, **options)
    return out.getvalue()


def huge_png(width=60_000, height=60_000) -> bytes:
    """A picture of 3.6 thousand million pixels in a few bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zeros(1)) + chunk(b"IEND", b"")


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.txt", "hello")
    return out.getvalue()


def lzw_zeros(megabytes: int) -> bytes:
    """That many megabytes of zeros packed by LZW as PDF has it (codes widen one early)."""
    bits, left, width = [], megabytes << 20, 9
    while left > 0:
        bits += [(256, width), (0, 9)]
        table, width, left = 258, 9, left - 1
        while left > 0 and table < 4090:
            bits.append((table, width))
            left -= table - 256
            table += 1
            if table + 1 >= 1 << width and width < 12:
                width += 1
    bits.append((257, width))
    text = "".join(format(code, f"0{width}b") for code, width in bits)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")
