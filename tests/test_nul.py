"""NUL, which PostgreSQL takes in no text, in addresses: never an error of ours."""

import pytest

ADDRESSES = [
    "/permohonan/a%00b", "/permohonan/%00/perbaiki", "/tagihan/%00", "/tagihan/a%00b/keadaan", "/meja/berkas/a%00b",
    "/meja/berkas/%00/tanda-terima", "/api/v1/services/%00", "/verifikasi/%00", "/kantor/%00",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_nul_is_not_found(client, users, address):
    client.force_login(users("verifier")[0])
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/pengguna?q=%00", "/jabatan?q=a%00b", "/layanan?q=%00akta", "/lacak?reference=%00"])
def test_nul_in_a_query_is_left_out(client, users, address):
    client.force_login(users("administrator")[0])
    assert client.get(address).status_code == 200
