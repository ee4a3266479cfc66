"""Names, numbers and files of people who do not exist, where they live and who serves them; what they do is in invented.py."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

WOMEN = (
    "Ayu", "Dewi", "Rina", "Sari", "Wati", "Lestari", "Ningsih", "Fitri", "Maya", "Indah", "Kartika",
    "Melati", "Nurul", "Ratna", "Yuli", "Tuti", "Hana", "Laras",
)  # fmt: skip
MEN = (
    "Agus", "Joko", "Eko", "Hadi", "Bambang", "Rudi", "Slamet", "Wahyu", "Yusuf", "Andi", "Dedi", "Fajar",
    "Gilang", "Irfan", "Krisna", "Made", "Ucok", "Tegar",
)  # fmt: skip
FAMILIES = (
    "Percobaan", "Umpama", "Misalnya", "Rekaan", "Andaikata", "Contohan", "Permisalan", "Teladanku",
    "Ibaratnya", "Khayalan",
)  # fmt: skip
BUSINESSES = ("Contoh Trans", "Umpama Jaya", "Misal Makmur", "Rekaan Angkutan", "Andai Reklama", "Contoh Niaga")


def nik(district: str, born: date, sex: str, number: int) -> str:
    """A number of the right form whose last four digits start with 9, as no real one does here."""
    day = born.day + (40 if sex == "P" else 0)
    return f"{district.replace('.', '')}{day:02}{born:%m%y}{number:04d}"


@lru_cache(maxsize=64)
def sample(name: str) -> bytes:
    """A small file of the kind its name says that tells it is an example."""
    if name.lower().endswith(".pdf"):
        import typst

        text = name.rsplit(".", 1)[0].replace("-", " ").capitalize()
        source = f'#set page(paper: "a5")\n#set text(size: 14pt)\n= {text}\n\nContoh berkas untuk demo. Tidak berlaku.'
        return typst.compile(source.encode(), format="pdf")
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (640, 420), (214, 226, 232))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((150, 90, 490, 260), outline=(20, 80, 122), width=6)
    draw.rectangle((310, 260, 330, 400), fill=(90, 100, 110))
    draw.text((200, 160), f"Contoh foto: {name}", fill=(22, 32, 43))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG" if name.lower().endswith(".png") else "JPEG", quality=80)
    return buffer.getvalue()


def blank_pdf() -> bytes:
    """An empty page, as a real file."""
    from pypdf import PdfWriter

    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(out)
    return out.getvalue()


def blank_png() -> bytes:
    """A picture of one colour, as a real file."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (320, 240), (120, 150, 180)).save(out, "PNG")
    return out.getvalue()


@dataclass
class Officer:
    """A member of staff with what they may do."""

    user: Any
    access: Any


def villages_below(home) -> list:
    """A few dozen villages of the home region."""
    from dgs.core.regions import api as regions

    found: list = []
    for letters in ("ka", "su", "ta", "pa", "ma", "se"):
        found += regions.search(letters, level=4, within=home.code, limit=12)
    return found


def officer(role: str, office: int | None) -> Officer:
    """Somebody who holds a role for an office, or anywhere."""
    from django.contrib.auth import get_user_model

    from dgs.core.access.api import Access

    for user in get_user_model().objects.filter(grants__role=role, is_active=True).distinct().order_by("pk"):
        access = Access(user)
        offices = access.offices_as(role)
        if offices is None or (offices if office is None else office in offices):
            return Officer(user, access)
    raise LookupError(f"nobody is {role} of office {office}")
