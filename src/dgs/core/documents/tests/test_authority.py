"""Tests of the built-in authority: keys stay locked and sealed, one root however many start at once."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from dgs.core.accounts.models import User
from dgs.core.documents import api, authority
from dgs.core.documents.models import SigningKey

pytestmark = pytest.mark.django_db


def test_the_private_keys_are_sealed_and_the_folder_is_locked(tmp_path, head):
    key = api.ensure_signing_key(head)
    folder = tmp_path / "pki"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert b"PRIVATE KEY" not in path.read_bytes()
    assert stat.S_IMODE((folder / "root.key.sealed").stat().st_mode) == 0o600
    assert "PRIVATE" not in key.private_key_sealed


def test_many_who_start_at_once_make_one_root():
    authority._root.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        serials = {root.certificate.serial_number for root in pool.map(lambda _n: authority.root(), range(16))}
    assert len(serials) == 1


def test_a_signatory_keeps_one_key(head):
    assert api.ensure_signing_key(head) == api.ensure_signing_key(head)


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same_key():
    head = User.objects.create_user(username="kepala@contoh.id", name="Budi Percobaan")

    def ask(_n):
        try:
            return api.ensure_signing_key(head).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert SigningKey.objects.count() == 1


def test_the_certificate_names_the_signatory_and_is_no_authority(head):
    from cryptography import x509
    certificate = x509.load_pem_x509_certificate(api.ensure_signing_key(head).certificate.encode())
    assert "Drs. Budi Percobaan" in certificate.subject.rfc4514_string()
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment
    certificate.verify_directly_issued_by(authority.root().certificate)


def test_a_very_long_name_still_gets_a_certificate(db):
    api.ensure_signing_key(User.objects.create_user(username="x@contoh.id", name="Nama " * 39))
