"""Tests of keeping files: good ones are kept as they are, hostile ones refused in words, with nothing left behind."""

import io
import time
import zlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dgs.core.documents import api
from dgs.core.documents.files import FileLost
from dgs.core.documents.inspection import REASONS
from dgs.core.documents.models import StoredFile
from dgs.core.documents.tests import samples

pytestmark = pytest.mark.django_db


def keep(data, name="berkas.pdf", **options):
    upload = SimpleUploadedFile(name, data, content_type="application/pdf")
    return api.keep_file(upload, **({"owner": None, "about": "", "now": timezone.now()} | options))


# Samples stand as functions: made when their test runs, and no part of its name, which would be megabytes long.
@pytest.mark.parametrize(
    ("data", "name", "content_type", "pages"),
    [
        (lambda: samples.pdf(3), "surat.pdf", "application/pdf", 3),
        (lambda: b"\xef\xbb\xbf" + samples.pdf(1), "surat.PDF", "application/pdf", 1),
        (lambda: samples.raw_pdf(samples.stream(samples.zeros(30), b"/FlateDecode")), "pindai.pdf", "application/pdf", 1),
        (lambda: samples.image("PNG"), "foto.png", "image/png", None),
        (lambda: samples.image("JPEG"), "foto.JPG", "image/jpeg", None),
        (lambda: samples.image("JPEG", progressive=True), "foto.jpeg", "image/jpeg", None),
        (lambda: samples.image("JPEG") + b"SEFT" * 20, "foto samsung.jpg", "image/jpeg", None),
        (lambda: samples.image("JPEG", mode="CMYK"), "foto", "image/jpeg", None),
    ],
)
def test_a_good_file_is_kept_byte_for_byte(data, name, content_type, pages, archive):
    data = data()
    stored = keep(data, name)
    assert (stored.content_type, stored.pages, stored.size) == (content_type, pages, len(data))
    assert api.read_file(stored) == data
    assert name not in stored.key


HIDDEN_SCRIPT = samples.raw_pdf(
    samples.stream(b"x", b"/DCTDecode"), catalog=b"/OpenAction<</S/J#61vaScript/J#53(app.alert(1))>>"
)


def by_itself(catalog, *objects):
    return samples.raw_pdf(samples.stream(b"x", b"/DCTDecode"), *objects, catalog=catalog)


NESTED_SCRIPT = samples.raw_pdf(samples.stream(b"x", b"/DCTDecode"), catalog=b"/Foo[[<</A<</JS(app.alert(1))>>>>]]")
MANY = samples.raw_pdf(samples.stream(b"", b"[" + b"/FlateDecode " * 60 + b"]"))
WIDE = samples.raw_pdf(b"<</Type/XObject/Subtype/Image/Width 100000/Height 100000/Length 0>>\nstream\n\nendstream")


def layered(packed):
    return samples.raw_pdf(samples.stream(zlib.compress(packed.hex().encode()), b"[/Fl/AHx/Fl]"))


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (lambda: b"", "kosong.pdf", "empty"),
        (lambda: samples.pdf() + bytes(6 << 20), "besar.pdf", "size"),
        (lambda: b"MZ" + bytes(500), "program.pdf", "kind"),
        (lambda: b"<html><script>alert(1)</script>", "halaman.pdf", "kind"),
        (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(50), "IMG_1.HEIC", "heic"),
        (lambda: samples.archive(), "arsip.pdf", "kind"),
        (lambda: samples.image("PNG"), "foto.pdf", "renamed"),
        (lambda: samples.pdf(), "surat.exe", "renamed"),
        (lambda: samples.pdf(), "surat.pdf.html", "renamed"),
        (lambda: samples.pdf(password="x"), "kunci.pdf", "encrypted"),
        (lambda: samples.pdf(change=samples.with_action("/JavaScript")), "a.pdf", "active"),
        (lambda: samples.pdf(change=samples.with_action("/Launch")), "a.pdf", "active"),
        (lambda: samples.pdf(change=samples.with_form_of_xfa), "a.pdf", "active"),
        (lambda: samples.pdf(change=samples.with_action("/SubmitForm")), "a.pdf", "active"),
        (lambda: samples.pdf(change=samples.with_action("/URI")), "a.pdf", "outgoing"),
        (lambda: samples.pdf(change=samples.with_action("/GoToR")), "a.pdf", "outgoing"),
        (lambda: by_itself(b"/OpenAction<</S/U#52I/URI(https://x.example)>>"), "a.pdf", "outgoing"),
        (lambda: by_itself(b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next[<</S/URI/URI(https://x.example)>>]>>"), "a.pdf", "outgoing"),
        (lambda: by_itself(b"/AA<</WC<</S/URI/URI(https://x.example)>>>>"), "a.pdf", "outgoing"),
        (lambda: by_itself(b"/Foo<</AA 5 0 R>>", b"<</PO 6 0 R>>", b"<</S/GoToR/F(//x.example/a.pdf)>>"), "a.pdf", "outgoing"),
        (lambda: by_itself(b"", b"<</F<</FS/URL/F(https://x.example)>>/Length 0>>\nstream\n\nendstream"), "a.pdf", "outgoing"),
        (lambda: by_itself(b"/OpenAction 5 0 R", b"<</S/GoTo/D[3 0 R/Fit]/Next 5 0 R>>"), "a.pdf", "bomb"),
        (lambda: by_itself(b"/Foo<</Subtype/FileAttachment/FS<</F(x.exe)>>>>"), "a.pdf", "embedded"),
        (lambda: by_itself(b"/AF[<</F(x.exe)/EF<</F 5 0 R>>>>]", samples.stream(b"MZ", b"/Foo")), "a.pdf", "embedded"),
        (lambda: by_itself(b"", b"<</Subtype/Form/Ref<</F(x.pdf)/Page 0>>/Length 0>>\nstream\n\nendstream"), "a.pdf", "outgoing"),
        (lambda: HIDDEN_SCRIPT, "a.pdf", "active"),
        (lambda: NESTED_SCRIPT, "a.pdf", "active"),
        (lambda: samples.pdf(change=lambda w: w.add_attachment("x.exe", b"MZ")), "a.pdf", "embedded"),
        (lambda: samples.raw_pdf(samples.stream(samples.zeros(300), b"/FlateDecode")), "bom.pdf", "bomb"),
        (lambda: samples.raw_pdf(samples.stream(samples.zeros(900, 2), b"[/FlateDecode/FlateDecode]")), "bom.pdf", "bomb"),
        (lambda: layered(samples.zeros(600)), "bom.pdf", "bomb"),
        (lambda: samples.raw_pdf(samples.stream(bytes(5_000_000), b"/RunLengthDecode")), "bom.pdf", "bomb"),
        (lambda: MANY, "bom.pdf", "bomb"),
        (lambda: WIDE, "lebar.pdf", "pixels"),
        (lambda: samples.pdf(1001), "tebal.pdf", "pages"),
        (lambda: samples.pdf()[:300], "potong.pdf", "corrupt"),
        (lambda: b"%PDF-1.7\n" + b"A" * 5000 + b"\n%%EOF", "rusak.pdf", "corrupt"),
        (lambda: samples.image("JPEG", (300, 300))[:400], "potong.jpg", "corrupt"),
        (lambda: samples.image("PNG")[:60], "potong.png", "corrupt"),
        (lambda: samples.image("PNG")[:45] + b"\xff" + samples.image("PNG")[46:], "rusak.png", "corrupt"),
        (lambda: samples.huge_png(), "raksasa.png", "pixels"),
        (lambda: samples.image("PNG") + b"anything", "ekor.png", "polyglot"),
        (lambda: samples.image("JPEG") + samples.archive(), "jar.jpg", "polyglot"),
        (lambda: samples.pdf() + samples.archive(), "zip.pdf", "polyglot"),
        (lambda: samples.image("JPEG") + samples.pdf(), "dua.jpg", "polyglot"),
        (lambda: samples.image("JPEG", comment=b"<?php system($_GET[0]); ?>"), "kerang.jpg", "polyglot"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_in_words_and_leaves_nothing(data, name, reason, tmp_path):
    data = data()
    began = time.monotonic()
    with pytest.raises(api.FileRefused) as caught:
        keep(data, name)
    assert caught.value.reason == reason
    assert str(caught.value)
    assert "%(" not in str(caught.value)
    assert time.monotonic() - began < 15
    assert not StoredFile.objects.exists()
    assert not [p for p in (tmp_path / "files").rglob("*") if p.is_file()]


@pytest.mark.parametrize("catalog", [
    b"/OpenAction[3 0 R/Fit]", b"/OpenAction<</S/GoTo/D[3 0 R/Fit]>>", b"/OpenAction null", b"/OpenAction 99 0 R", b"/AA<<>>",
    b"/AA 99 0 R", b"/OpenAction<</S/Named/N/FirstPage>>", b"/URI<</Base(https://contoh.example)>>",
    b"/Foo<</Type/Annot/Subtype/Link/A<</S/URI/URI(https://contoh.example)>>>>",
])  # fmt: skip
def test_a_link_to_click_on_and_a_first_page_to_show_are_no_reason_to_refuse(catalog):
    assert keep(by_itself(catalog)).pages == 1


def test_every_reason_has_a_sentence():
    assert all(str(sentence) for sentence in REASONS.values())


def test_lzw_is_counted_and_not_unpacked():
    packed = samples.lzw_zeros(240)
    assert keep(samples.raw_pdf(samples.stream(packed, b"/LZWDecode"))).size < 300_000
    with pytest.raises(api.FileRefused) as caught:
        keep(samples.raw_pdf(samples.stream(samples.lzw_zeros(300), b"/LZWDecode")), name="bom.pdf")
    assert caught.value.reason == "bomb"


@pytest.mark.parametrize(
    "data",
    [
        samples.raw_pdf(b"<</Kids[4 0 R]>>").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
        samples.raw_pdf(b"<</Length 4 0 R>>\nstream\nx\nendstream"),
        samples.raw_pdf(b"[" * 20000 + b"]" * 20000),
        samples.raw_pdf(b"(" * 100000),
        samples.raw_pdf(b"9" * 100000),
        b"%PDF-1.4\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
    ],
)
def test_a_file_made_to_trap_the_reader_ends_in_time_and_in_words(data):
    began = time.monotonic()
    try:
        keep(data)
    except api.FileRefused as refusal:
        assert refusal.reason in {"corrupt", "bomb", "heavy"}
    assert time.monotonic() - began < 15


def test_only_accepted_kinds_are_taken():
    with pytest.raises(api.FileRefused) as caught:
        keep(samples.pdf(), accept=("jpeg", "png"))
    assert "JPEG, PNG" in str(caught.value)


def test_an_upload_that_lies_about_its_size_is_still_measured():
    class Liar(io.BytesIO):
        name, size = "a.pdf", 10
    with pytest.raises(api.FileRefused) as caught:
        api.keep_file(Liar(samples.pdf() + bytes(6 << 20)), owner=None, about="", now=timezone.now())
    assert caught.value.reason == "size"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\dokumen\\akta lahir.pdf", "akta lahir.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x=1.pdf"),
        ("foto\u202efdp.pdf", "fotofdp.pdf"),
        ('"; rm -rf.pdf', "rm -rf.pdf"),
        ("x" * 400 + ".pdf", "x" * 150 + ".pdf"),
        ("", ""),
    ],
)
def test_names_are_made_harmless(name, kept):
    class Upload(io.BytesIO):
        pass
    upload = Upload(samples.pdf())
    upload.name = name
    assert api.keep_file(upload, owner=None, about="", now=timezone.now()).original_name == kept


def test_files_are_attached_only_by_their_owner(citizen, head):
    stored = keep(samples.pdf(), owner=citizen, about="cases.draft:1")
    assert api.attach([stored.pk], "cases.case:9", owner=head) == 0
    assert api.attach([stored.pk], "cases.case:9", owner=citizen) == 1
    stored.refresh_from_db()
    assert stored.about == "cases.case:9"


def test_a_free_file_is_taken_once(citizen):
    stored = keep(samples.pdf(), owner=citizen)
    assert api.attach([stored.pk], "cases.case:1", only_free=True) == 1
    assert api.attach([stored.pk], "cases.case:2", only_free=True) == 0
    stored.refresh_from_db()
    assert stored.about == "cases.case:1"


def test_orphans_are_swept_and_kept_files_stay(archive):
    stored = keep(samples.pdf())
    now = timezone.now()
    folder = stored.key.rpartition("/")[0]
    archive.save(f"{folder}/yatim", io.BytesIO(b"x"))
    assert api.sweep_orphans(now=now) == 0
    assert api.sweep_orphans(now=now, age=timedelta(seconds=-5)) == 1
    assert api.read_file(stored)
    assert not archive.exists(f"{folder}/yatim")


def test_any_storage_of_django_will_do(settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    stored = keep(samples.pdf())
    assert api.read_file(stored) == samples_equal(stored)
    assert api.sweep_orphans(now=timezone.now(), age=timedelta(seconds=-5)) == 0


def samples_equal(stored):
    from django.core.files.storage import default_storage
    with default_storage.open(stored.key) as file:
        return file.read()


def test_a_file_changed_in_the_archive_is_not_given_out(archive):
    stored = keep(samples.pdf())
    archive.delete(stored.key)
    archive.save(stored.key, io.BytesIO(b"forged"))
    with pytest.raises(FileLost):
        api.read_file(stored)


def test_files_of_what_was_given_up_are_removed_and_others_stay(archive, citizen, django_capture_on_commit_callbacks):
    first, second = keep(samples.pdf(), about="cases.draft:1"), keep(samples.pdf(), about="cases.draft:1")
    other = keep(samples.pdf(), about="cases.case:1")
    with django_capture_on_commit_callbacks(execute=True):
        assert api.forget_files(about="cases.draft:1", ids=[first.pk, other.pk]) == 1
    assert not archive.exists(first.key) and archive.exists(second.key) and archive.exists(other.key)
    with django_capture_on_commit_callbacks(execute=True):
        assert api.forget_files(about="cases.draft:1") == 1
    assert list(api.StoredFile.objects.values_list("pk", flat=True)) == [other.pk]
    assert not archive.exists(second.key) and api.read_file(other)


def test_files_that_were_never_used_go_after_a_week(archive, citizen, django_capture_on_commit_callbacks):
    now = timezone.now()
    unused = keep(samples.pdf(), owner=citizen, now=now - timedelta(days=8))
    used = keep(samples.pdf(), owner=citizen, about="cases.case:1", now=now - timedelta(days=8))
    fresh = keep(samples.pdf(), owner=citizen, now=now - timedelta(days=6))
    with django_capture_on_commit_callbacks(execute=True):
        assert api.forget_unused(now=now) == 1
    assert set(api.StoredFile.objects.values_list("pk", flat=True)) == {used.pk, fresh.pk}
    assert not archive.exists(unused.key) and archive.exists(used.key)
