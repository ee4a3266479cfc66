"""NUL, which PostgreSQL takes in no text, in addresses: never an error of ours."""

import pytest

from dgs.core.access.models import RoleChange
from dgs.core.audit.models import AuditRow

ADDRESSES = [
    "/permohonan/a%00b", "/permohonan/%00/perbaiki", "/tagihan/%00", "/tagihan/a%00b/keadaan", "/meja/berkas/a%00b",
    "/meja/berkas/%00/tanda-terima", "/api/v1/services/%00", "/verifikasi/%00", "/kantor/%00",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_nul_is_not_found(client, users, address):
    client.force_login(users("verifier")[0])
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [
    "/pengguna?q=%00", "/jabatan?q=a%00b", "/layanan?q=%00akta", "/lacak?reference=%00", "/pengguna?q=%0%000",
    "/akses?kantor=%0%0%00000",
])  # fmt: skip
def test_nul_in_a_query_is_left_out(client, users, address):
    client.force_login(users("administrator")[0])
    assert client.get(address).status_code == 200


def test_nul_in_what_a_form_sends_is_refused_in_words_and_nothing_is_kept(client, users):
    client.force_login(users("administrator")[0])
    before = AuditRow.objects.count()
    answer = client.post("/akses/peran/clerk", {"is_sensitive": "1", "reason": "a\x00b"})
    assert answer.status_code == 400 and "ketik lagi" in answer.content.decode()
    assert not RoleChange.objects.exists() and AuditRow.objects.count() == before
