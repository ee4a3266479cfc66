"""Every page that citizens and officers see, on the smallest phone, in light and dark: nothing sticks out, nothing complains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What stands for a thing that the journey makes: a case of each service in some state, a draft, a bill, a document, a person.
PAGES = {
    None: [
        "/", "/layanan", "/layanan?q=akte", "/layanan?q=zzzz", "/layanan/akta-kelahiran", "/layanan/izin-trayek",
        "/layanan/izin-reklame", "/lacak", "/lacak?reference={birth}", "/verifikasi", "/verifikasi/{code}",
        "/verifikasi/AAAA-AAAA-AAAA-AAAA", "/bantuan", "/privasi", "/aksesibilitas", "/kantor", "/akar-audit", "/akun/masuk",
        "/akun/daftar", "/akun/lupa", "/tidak-ada",
    ],
    "siti": [
        "/permohonan", "/permohonan/{birth}", "/permohonan/{mending}", "/permohonan/{mending}/perbaiki",
        "/permohonan/{done}", "/permohonan/{billed}", "/tagihan", "/tagihan?semua", "/tagihan/{bill}",
        "/tagihan/{bill}/konfirmasi", "/tagihan/{bill}/keberatan", "/ajukan/akta-kelahiran", "/ajukan/izin-reklame",
        "/permohonan/isi/{draft}/reporter", "/permohonan/isi/{draft}/child", "/permohonan/isi/{draft}/parents",
        "/permohonan/isi/{draft}/witnesses", "/permohonan/isi/{draft}/documents", "/permohonan/isi/{draft}/periksa",
        "/akun/profil", "/akun/pesan", "/akun/pesan/pilihan", "/meja",
    ],
    "budi": ["/permohonan", "/permohonan/isi/{fleet}/vehicles", "/permohonan/isi/{fleet}/periksa", "/permohonan/{route}"],
    "verifikator.capil": [
        "/meja", "/meja?box=mine", "/meja?box=overdue", "/meja?box=waiting", "/meja?box=all", "/meja?box=closed",
        "/meja?box=office&q=zzzz", "/meja/berkas/{birth}", "/meja/berkas/{mending}", "/meja/berkas/{done}",
        "/meja/berkas/{birth}/aksi/accept", "/meja/berkas/{birth}/aksi/correct", "/meja/berkas/{birth}/aksi/refuse",
        "/kalender", "/bendahara",
    ],
    "verifikator": ["/meja", "/meja/laporan-sms", "/meja/berkas/{route}", "/meja/berkas/{billed}"],
    "loket": ["/meja", "/meja/loket", "/meja/berkas/{birth}/tanda-terima"],
    "kepala.capil": ["/meja", "/pimpinan", "/pengguna", "/dokumen/{document}/cabut"],
    "bendahara": [
        "/bendahara", "/bendahara/mutasi", "/bendahara/mutasi/susunan", "/bendahara/daftar-kerja",
        "/bendahara/daftar-kerja/{line}", "/tagihan/{bill}",
        "/bendahara/konfirmasi", "/bendahara/restitusi", "/bendahara/restitusi?status=lebih", "/bendahara/tagihan?q=siti",
        "/bendahara/tagihan/{bill}", "/bendahara/tagihan/{bill}?keputusan=keringanan",
        "/bendahara/tagihan/{bill}?keputusan=cicilan&bagian=4&mulai=2026-12-31", "/kasir/setoran",
    ],
    "kasir": ["/kasir"],
    "pimpinan": ["/pimpinan", "/pimpinan?periode=7", "/pimpinan?periode=tahun"],
    "admin": [
        "/pesan", "/pesan?tampil=daftar", "/pesan?nomor=6281290000001", "/pesan/{message}", "/pesan/gagal", "/pesan/masuk",
        "/pesan/percakapan/{number}", "/pesan/bantuan?q={number}", "/pesan/pengirim", "/pesan/pengirim/baru?jenis=kannel",
        "/pesan/angka", "/pesan/angka?rentang=jam",
        "/pengguna", "/pengguna/undang", "/pengguna/{person}/peran", "/jabatan", "/jabatan/1", "/kalender",
        "/sambungan-bank", "/sambungan-bank/baru", "/sambungan-bank/bank-contoh", "/sambungan-bank/bank-contoh/ubah",
        "/sambungan-bank/bank-contoh/kunci", "/sambungan-bank/pesan/{call}",
    ],
    "auditor": ["/audit", "/bendahara"],
}  # fmt: skip


@pytest.fixture
def things(player):
    """One of each, by the name that stands for it in an address; made aside, as signing runs a loop of its own."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(_make, player).result()


def _make(player) -> dict:
    try:
        return _made(player)
    finally:
        connections.close_all()


def _made(player) -> dict:
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.utils import timezone

    from dgs.core.banking.actions import new_key
    from dgs.core.banking.models import Message, Partner
    from dgs.core.billing import api as billing
    from dgs.core.billing.models import StatementLine
    from dgs.core.documents.models import IssuedDocument
    from dgs.core.messaging.models import Message as Sms

    mending = player.run(player.make(), "correct")
    done = player.finish("akta-kelahiran")
    billed = player.make("izin-reklame", by=player.siti, name="banner_days")
    for act in ("accept", "report"):
        player.act(billed, act, name="banner_days")
    account = billing.collecting_account()
    statement = billing.write_transfer(
        code="990000000017", amount=150_000, account=account.number, now=timezone.now(), sender="IBU CONTOHWATI"
    )
    treasurer = player.users("treasurer")[0]
    billing.take_statement(statement.data, file_name=statement.file_name, account=account, by=treasurer, now=timezone.now())
    document = IssuedDocument.objects.get()
    partner = Partner.objects.create(
        code="bank-contoh", name="Bank Contoh", account=account, partner_id="CONTOH", client_key="contoh",
        partner_service_id="88899",
    )
    new_key(partner=partner, kind="secret", by=None, now=timezone.now())
    Client().post("/snap/v1.0/transfer-va/payment", data='{"x":"' + "9" * 500 + '"}', content_type="application/json")
    said = Sms.objects.filter(channel="sms").exclude(reason="address").latest("pk")
    return {
        "message": said.pk,
        "number": said.to,
        "call": Message.objects.get().pk,
        "birth": player.make().reference,
        "mending": mending.reference,
        "done": done.reference,
        "billed": billed.reference,
        "route": player.make("izin-trayek").reference,
        "bill": billing.bill_for(f"cases.case:{billed.pk}").number,
        "draft": player.full_draft().pk,
        "fleet": player.full_draft("izin-trayek").pk,
        "document": document.pk,
        "code": document.code,
        "line": StatementLine.objects.get().pk,
        "person": get_user_model().objects.get(username="kepala.capil@dgs.example").pk,
    }


def test_no_page_is_wider_than_a_phone_or_makes_the_browser_complain(live_server, browser, things, enter):
    seen = 0
    for who, addresses in PAGES.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(locale="id-ID", color_scheme=scheme, viewport={"width": 360, "height": 740})
            if who:
                enter(context, who)
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            for address in addresses:
                at = f"{address} as {who or 'anybody'} in {scheme}"
                answer = page.goto(live_server.url + address.format(**things))
                page.wait_for_load_state()
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, at
                assert page.locator("h1").count() == 1, at
                assert page.title(), at
                # Chromium itself says that a page was not found or refused; anything else is ours.
                ours = [one for one in said if answer.ok or "server responded with a status of" not in one]
                assert ours == [], at
                said.clear()
                seen += 1
            context.close()
    assert seen == 2 * sum(map(len, PAGES.values()))
