"""Tests that an independent program (poppler's pdfsig) judges our signatures as we do."""

import shutil
import subprocess

import pytest

from dgs.core.documents import api
from dgs.core.documents.authority import root

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not (shutil.which("pdfsig") and shutil.which("certutil")), reason="needs pdfsig and certutil"),
]


@pytest.fixture
def trust(tmp_path):
    folder = tmp_path / "nss"
    folder.mkdir()
    run("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")

    def add_root():
        (tmp_path / "root.crt").write_text(root().pem)
        run("certutil", "-A", "-d", f"sql:{folder}", "-n", "akar", "-t", "CT,C,C", "-i", str(tmp_path / "root.crt"))

    return folder, add_root


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_pdfsig_trusts_a_document_by_our_root_only(issued, tmp_path, trust):
    folder, add_root = trust
    (tmp_path / "a.pdf").write_bytes(api.read_file(issued.file))
    before = run("pdfsig", "-nssdir", str(folder), str(tmp_path / "a.pdf"))
    assert "Signature is Valid." in before
    assert "Certificate is Trusted." not in before
    add_root()
    after = run("pdfsig", "-nssdir", str(folder), str(tmp_path / "a.pdf"))
    assert "Signature is Valid." in after
    assert "Certificate is Trusted." in after
    assert "Total document signed" in after
    assert "ETSI.CAdES.detached" in after
    assert "Drs. Budi Percobaan" in after


def test_pdfsig_sees_a_changed_bit(issued, tmp_path, trust):
    data = bytearray(api.read_file(issued.file))
    data[2000] ^= 1
    (tmp_path / "b.pdf").write_bytes(data)
    assert "Signature is Valid." not in run("pdfsig", "-nssdir", str(trust[0]), str(tmp_path / "b.pdf"))
