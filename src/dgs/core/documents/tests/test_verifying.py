"""Tests of verification: only the very file that was signed here is genuine; everything else is told apart in words."""

import hashlib
import io
import random
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pypdf import PdfReader, PdfWriter

from dgs.core.documents import api, authority
from dgs.core.documents.codes import ALPHABET, new_code, read_code, spell_code
from dgs.core.documents.models import StoredFile
from dgs.core.documents.signing import LocalSigner, signature_holds
from dgs.core.documents.tests import samples
from dgs.core.documents.tests.conftest import issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(issued):
    return api.read_file(issued.file)


def kind(data):
    verdict = api.verify_pdf(data)
    assert str(verdict.sentence)
    return verdict.kind


def test_the_file_as_issued_is_genuine_and_names_its_document(issued, data):
    verdict = api.verify_pdf(data)
    assert (verdict.kind, verdict.document) == ("genuine", issued)


def test_signing_leaves_the_description_of_the_file_alone(data):
    assert PdfReader(io.BytesIO(data)).metadata.creator.startswith("Typst")
    assert PdfReader(io.BytesIO(data)).metadata.producer is None


def test_any_changed_bit_makes_it_altered(issued, data):
    chance = random.Random(7)
    for _n in range(60):
        changed = bytearray(data)
        changed[chance.randrange(1024, len(data))] ^= 1 << chance.randrange(8)
        assert kind(bytes(changed)) == "altered"


def test_an_added_revision_makes_it_altered(data):
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root["/Perubahan"] = writer.root["/Pages"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(data)
    verdict = api.verify_pdf(out.getvalue())
    assert verdict.kind == "altered"
    assert "added" in str(verdict.sentence) or "ditambahkan" in str(verdict.sentence)


def test_one_added_byte_makes_it_altered(data):
    assert kind(data + b"\n") == "altered"


def test_a_file_saved_anew_is_altered(data):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    out = io.BytesIO()
    writer.write(out)
    assert kind(out.getvalue()) in {"altered", "unknown"}


@pytest.mark.parametrize("share", [0.999, 0.9, 0.7])
def test_a_truncated_file_is_altered(data, share):
    assert kind(data[: int(len(data) * share)]) in {"altered", "unknown"}


def test_a_file_cut_by_a_few_bytes_is_told_to_be_incomplete(data):
    verdict = api.verify_pdf(data[:-20])
    assert verdict.kind == "altered"
    assert "missing" in str(verdict.sentence) or "hilang" in str(verdict.sentence)


def forged(code):
    """Somebody's own PDF that bears a code."""
    return samples.pdf(change=lambda w: w.add_metadata({"/Keywords": f"DGS, {code}"}))


def test_the_same_code_signed_by_a_look_alike_is_altered(issued, data, settings, tmp_path, head):
    settings.DATA_DIR = tmp_path / "palsu"
    key = authority.ensure_signing_key(head)
    assert key.pk != issued.signing_key_id
    fake = LocalSigner(key).sign(forged(issued.code), reason="Izin", location="X", contact="Y")
    assert kind(fake) == "altered"


def test_a_look_alike_without_a_code_of_ours_is_unknown(issued, settings, tmp_path, head):
    settings.DATA_DIR = tmp_path / "palsu"
    key = authority.ensure_signing_key(head)
    fake = LocalSigner(key).sign(forged(new_code()), reason="Izin", location="X", contact="Y")
    assert kind(fake) == "unknown"


def test_a_second_signature_over_ours_makes_it_altered(data, issued, settings, tmp_path, head, monkeypatch):
    monkeypatch.setattr(signers.PdfSigner, "_enforce_certification_constraints", lambda *_: None)
    settings.DATA_DIR = tmp_path / "palsu"
    signer = LocalSigner(authority.ensure_signing_key(head))
    about = signers.PdfSignatureMetadata(field_name="Kedua", md_algorithm="sha256")
    place = fields.SigFieldSpec(sig_field_name="Kedua")
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    twice = signers.PdfSigner(about, signer=signer._signer, new_field_spec=place).sign_pdf(writer).getvalue()
    assert kind(twice) == "altered"


def test_a_forger_who_writes_to_the_archive_and_its_row_is_still_caught(issued, data):
    plain = forged(issued.code)
    StoredFile.objects.filter(pk=issued.file_id).update(sha256=hashlib.sha256(plain).hexdigest())
    verdict = api.verify_pdf(plain)
    assert verdict.kind == "altered"


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: b"", lambda: b"%PDF-", lambda: b"hello", samples.pdf, lambda: samples.pdf(password="x"), samples.archive,
        lambda: b"%PDF-1.7\n" + b"<<" * 100000,
        lambda: samples.raw_pdf(samples.stream(samples.zeros(300), b"/FlateDecode")),
        lambda: b"%PDF-1.7\n" + bytes(21 << 20), lambda: b"%PDF-1.7\n" + b"A" * (5 << 20),
        lambda: b"%PDF-1.7\n" + b" ".join(new_code().encode() for _n in range(5000)),
    ],
)
def test_files_of_strangers_are_unknown(issued, hostile):
    assert kind(hostile()) == "unknown"


def test_a_revoked_document_is_revoked_by_code_and_by_file(issued, data, grant_all, head):
    reason = "Data kendaraan ternyata keliru"
    api.revoke(document_id=issued.pk, reason=reason, by=head, access=grant_all, now=timezone.now())
    assert kind(data) == "revoked"
    assert api.verify_code(issued.code).kind == "revoked"
    assert kind(data + b" ") == "altered"


def test_signatures_stay_good_after_the_certificate_has_run_out(issued, data):
    key = issued.signing_key
    assert signature_holds(data, key, at=key.valid_to + timedelta(days=2000))


def test_signatures_stay_good_after_the_root_is_replaced(issued, data, settings, tmp_path, head):
    settings.DATA_DIR = tmp_path / "baru"
    assert kind(data) == "genuine"
    other = issue(issued.office, head, about="cases.case:2", number="2")
    assert other.signing_key_id != issued.signing_key_id
    assert kind(api.read_file(other.file)) == "genuine"


def test_codes_are_read_however_they_are_typed(issued):
    typed = f"  {spell_code(issued.code).lower()} "
    assert api.verify_code(typed).document == issued


@pytest.mark.parametrize("typed", ["", "x", "ABCD" * 4, "0" * 16, "A" * 10_000, "\x00", "'; DROP TABLE", "🎉" * 16])
def test_no_code_at_all_is_unknown(typed):
    assert api.verify_code(typed).kind == "unknown"


@hypothesis_settings(deadline=None, max_examples=200)
@given(place=st.integers(0, 15), sign=st.sampled_from(ALPHABET))
def test_one_wrong_sign_never_passes_the_check(place, sign):
    code = new_code()
    other = code[:place] + sign + code[place + 1 :]
    assert other == code or read_code(other) is None


@hypothesis_settings(deadline=None, max_examples=200)
@given(place=st.integers(0, 14))
def test_two_signs_exchanged_never_pass_the_check(place):
    code = new_code()
    other = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert other == code or read_code(other) is None
