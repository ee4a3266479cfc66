"""Tests of letters: PDF/A with title, language and tags; hostile sources see nothing and end in time."""

import json
import time
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from dgs.core.documents import api, letters

DATA = {
    "region": {"name": "Kabupaten Banyuasin", "government": "Pemerintah Kabupaten Banyuasin", "accent": "#14507a"},
    "office": {"name": "Dinas Perhubungan", "address": "Jl. Contoh No. 1", "phone": "(0711) 000000",
               "email": "dishub@contoh.id", "place": "Banyuasin"},
    "document": {
        "number": "551.2/0001/DISHUB/2026", "title": "Izin Trayek", "code": "AGPFWJ8T57C359CT",
        "code_text": "AGPF-WJ8T-57C3-59CT", "verify_url": "http://contoh.id/verifikasi/AGPFWJ8T57C359CT",
        "verify_site": "contoh.id/verifikasi", "issued_on": "2026-11-22", "valid_until": "2031-11-21",
    },
    "signatory": {"name": "Drs. Budi Percobaan, M.Si.", "nip": "197001011990011001", "title": "Kepala Dinas",
                  "capacity": "plh"},
    "applicant": {"name": "Siti Contohwati", "nik_masked": "1607**********01", "address": "Jl. Percobaan 2"},
    "values": {"route": "Pangkalan Balai - Palembang"}, "fee_total": 375000, "lines": [],
}
SOURCE = """#import "/letterhead.typ": *
#let data = json("/data.json")
#show: letter.with(data)
#facts(("Nama", data.applicant.name), ("Trayek", data.values.route), ("Retribusi", rupiah(data.fee_total)))
Berlaku sampai #long-date(data.document.valid_until).
#grid-of(("Nomor", "Kelas"), (("BG 1234 XX", "Bus sedang"),))
"""


def text_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_a_letter_bears_letterhead_number_signatory_and_how_to_check_it():
    text = text_of(api.compile_letter(SOURCE, DATA))
    for words in (
        "PEMERINTAH KABUPATEN BANYUASIN", "DINAS PERHUBUNGAN", "IZIN TRAYEK", "551.2/0001/DISHUB/2026",
        "Siti Contohwati", "Rp 375.000", "21 November 2031", "Plh. Kepala Dinas", "NIP 197001011990011001",
        "AGPF-WJ8T-57C3-59CT", "contoh.id/verifikasi", "pada tanggal 22 November 2026",
    ):
        assert words in text.replace("\xa0", " "), words


def test_a_letter_is_tagged_pdf_a_with_title_and_language():
    pdf = api.compile_letter(SOURCE, DATA)
    reader = PdfReader(BytesIO(pdf))
    assert reader.root_object["/Lang"] == "id"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == "Izin Trayek 551.2/0001/DISHUB/2026"
    xmp = reader.root_object["/Metadata"].get_data()
    assert b"<pdfaid:part>2</pdfaid:part>" in xmp
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert b"AGPFWJ8T57C359CT" in pdf


def test_a_letter_in_english_speaks_english():
    text = text_of(api.compile_letter(SOURCE, DATA | {"language": "en"}))
    assert "Signed electronically by" in text
    assert "22 November 2026" in text


def test_the_same_data_give_the_same_letter():
    assert api.compile_letter(SOURCE, DATA) == api.compile_letter(SOURCE, DATA)


def test_names_with_signs_that_no_font_has_do_not_stop_a_letter():
    data = DATA | {"applicant": {"name": "Siti \x00\x07🎉漢 \u202eltr\ue000 نص"}}
    text = text_of(api.compile_letter(SOURCE, data))
    assert "Siti ?? ltr" in text


def test_typst_markup_in_an_answer_is_text_and_never_run():
    data = DATA | {"applicant": {"name": '#read("/data.json") *tebal* @ref $x$ \\'}}
    assert '#read("/data.json") *tebal* @ref $x$' in text_of(api.compile_letter(SOURCE, data))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('\n#read("/etc/passwd")', 2),
        ('#read("../../../../../../etc/passwd")', 1),
        ('#image("/proc/self/environ")', 1),
        ('#import "@preview/cetz:0.3.0"', 1),
        ('#import "@local/geheim:1.0.0"', 1),
        ('#let p = "@pre" + "view/cetz:0.3.0"\n#import p', 2),
        ('#plugin("/etc/passwd")', 1),
        ("#let f(n) = f(n + 1)\n#f(1)", 1),
        ('#include "letter.typ"', 1),
        ("text\n\n#tidak-ada", 3),
        ("#show: x =>", 1),
        ("\x00\x01", 1),
    ],
)
def test_what_a_source_may_not_do_is_refused_with_its_line(source, line):
    with pytest.raises(api.LetterBroken) as caught:
        api.compile_letter(source, DATA)
    assert caught.value.line == line
    assert "root:" not in caught.value.message
    assert "/tmp" not in caught.value.message  # noqa: S108


def test_a_package_is_not_even_looked_for_on_the_network():
    with pytest.raises(api.LetterBroken) as caught:
        api.compile_letter('#import "@preview/cetz:0.3.0"', DATA)
    assert "refused" in caught.value.message


@pytest.mark.parametrize(
    "source",
    [
        "#for a in range(100000) { for b in range(100000) { a } }",
        "#range(1000000000).len()",
        '#let s = "aaaaaaaaaa"\n#for i in range(40) { s = s + s }\n#s.len()',
        "#lorem(100000000)",
        "#let x = [a]\n#for i in range(60) { x = [#x #x] }\n#x",
    ],
)
def test_a_runaway_source_ends_in_time(source, monkeypatch):
    monkeypatch.setattr(letters, "SECONDS", 3.0)
    began = time.monotonic()
    with pytest.raises(api.LetterBroken):
        api.compile_letter(source, DATA)
    assert time.monotonic() - began < 8


def test_a_letter_has_forty_seconds_by_the_wall_and_ten_of_the_processor(monkeypatch):
    asked = []

    def slow(*_arguments, seconds):
        asked.append(seconds)
        raise letters.TookTooLong

    monkeypatch.setattr(letters, "run_bounded", slow)
    with pytest.raises(api.LetterBroken):
        api.compile_letter(SOURCE, DATA)
    assert asked == [40.0]
    assert "RLIMIT_CPU, (10, 10)" in (letters.HERE / "letter_child.py").read_text()


def test_nothing_of_a_letter_stays_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    api.compile_letter(SOURCE, DATA)
    with pytest.raises(api.LetterBroken):
        api.compile_letter("#nope", DATA)
    assert not list(tmp_path.iterdir())


def test_the_child_has_no_environment_of_ours(monkeypatch):
    monkeypatch.setenv("DGS_SECRET_KEY", "rahasia-sekali")
    from dgs.core.documents.bounded import run_bounded
    probe = Path(__file__).with_name("probe_child.py")
    seen = json.loads(run_bounded(probe, b"", seconds=5))
    assert "DGS_SECRET_KEY" not in seen
    assert "DATABASE_URL" not in seen


def test_a_letter_is_made_quickly():
    api.compile_letter(SOURCE, DATA)
    times = []
    for _n in range(5):
        began = time.perf_counter()
        api.compile_letter(SOURCE, DATA)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.5  # about 0.08 s on an idle core; wide, for machines that do other things


def test_a_qr_code_fills_its_place_instead_of_being_cut_off():
    picture = letters.qr_svg("https://contoh.test/verifikasi/ACDEFGHJKMNPQRST").decode()
    assert "viewBox=" in picture and " width=" not in picture and " height=" not in picture
