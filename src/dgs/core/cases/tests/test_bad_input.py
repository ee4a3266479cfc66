"""Bad input through the pages: a clear Indonesian sentence, nothing lost, nothing half done (section 8 of the issue)."""

import io

import pytest
from django.urls import reverse

from dgs.core.billing import api as billing
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.cases.actions import drafts
from dgs.core.cases.models import Case, Draft
from dgs.core.cases.tests.conftest import answers_of, pdf_bytes, png_bytes, upload
from dgs.core.documents.tests.samples import zeros


def zip_bomb() -> bytes:
    """A PDF of a few kilobytes whose page content unpacks to 400 MB."""
    content = zeros(400, layers=2)
    head = b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    stream = b"4 0 obj<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(content) + content + b"\nendstream endobj\n"
    body = head + page + stream
    places = [body.index(b"%d 0 obj" % n) for n in (1, 2, 3, 4)]
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return body + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


BAD_FILES = {
    "zip bomb": ("bom.pdf", zip_bomb, "akan membengkak sangat besar"),
    "renamed": ("foto.pdf", png_bytes, "berakhiran .pdf, padahal isinya"),
    "script": ("halaman.pdf", lambda: b"<html><script>alert(1)</script></html>", "bukan jenis yang dapat diterima"),
    "corrupt": ("rusak.pdf", lambda: pdf_bytes()[:120], "rusak"),
    "oversized": ("besar.pdf", lambda: pdf_bytes() + b"\0" * (5 * 1024 * 1024 + 1), "terlalu besar"),
    "empty": ("kosong.pdf", lambda: b"", "kosong"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_refused_in_words_and_the_rest_of_the_page_is_kept(sign_in, live, rows, kind):
    name, data, sentence = BAD_FILES[kind]
    draft = live.draft("izin-trayek")
    browser = sign_in(live.budi)
    address = reverse("cases:step", args=[draft.pk, "documents"])
    files = {"stnk": upload("stnk.pdf"), "kir": upload("kir.pdf"), "depot_proof": upload(name, data())}
    answer = browser.post(address, {"saved": "0"} | files)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page, page[page.find("error-summary"):][:1500]
    kept = drafts.values_of(drafts.draft_of(draft.pk, by=live.budi))
    assert [f["name"] for key in ("stnk", "kir") for f in kept[key]] == ["stnk.pdf", "kir.pdf"]
    assert not kept.get("depot_proof") and Draft.objects.get(pk=draft.pk).saved_steps == {}
    assert rows().documents_storedfile == 2
    # The good files need not be sent again.
    answer = browser.post(address, {"saved": "0", "depot_proof": upload("sewa.pdf")})
    assert answer.status_code == 302


@pytest.mark.parametrize(("sent", "sentence"), [
    (lambda: {"stnk": [upload(f"{n}.pdf") for n in range(21)]}, "Paling banyak 20"),
    (lambda: {f"x{n}": "1" for n in range(2001)}, "Kurangi barisnya"),
    (lambda: {"route": "x" * (2 * 1024 * 1024 + 1)}, "Persingkat"),
])  # fmt: skip
def test_more_than_is_taken_at_once_is_refused_in_words_and_keeps_nothing(sign_in, live, rows, sent, sentence):
    draft = live.draft("izin-trayek")
    browser, before = sign_in(live.budi), rows()
    answer = browser.post(reverse("cases:step", args=[draft.pk, "documents"]), {"saved": "0"} | sent())
    page = answer.content.decode()
    assert answer.status_code == 413
    assert sentence in page and "Tidak ada yang berubah." in page and 'lang="id"' in page
    assert rows() == before


RTL = "\u202eتجربة‏ Ujung"
LONG = "panjang " * 1250
BAD_ANSWERS = [
    ("child", {"birth_weight": "-3"}, "birth_weight", "Berat"),
    ("child", {"birth_weight": "1e999999"}, "birth_weight", "Berat"),
    ("child", {"child_order": "9" * 400}, "child_order", "Anak ke"),
    ("child", {"child_order": "NaN"}, "child_order", "Anak ke"),
    ("child", {"child_name": "😀😀 👶🏽"}, "child_name", "Nama lengkap anak"),
    ("child", {"child_name": RTL}, "child_name", "Nama lengkap anak"),
    ("child", {"child_name": LONG}, "child_name", "Nama lengkap anak"),
    ("child", {"child_name": "Putri\x00Contoh"}, None, ""),
    ("child", {"birth_date": "99999999-01-01"}, "birth_date", "Tanggal lahir"),
    ("child", {"birth_date": "2999-01-01"}, "birth_date", "Tanggal lahir"),
    ("child", {"child_sex": "X"}, "child_sex", "Jenis kelamin"),
    ("child", {"birth_region": "99.99"}, "birth_region", "Kabupaten"),
    ("child", {"birth_region": "'; DROP TABLE cases_case; --"}, "birth_region", "Kabupaten"),
    ("child", {"birth_time": "25.99"}, "birth_time", "Pukul lahir"),
    ("witnesses", {"witnesses-0-nik": "1607015503909999999"}, "witnesses-0-nik", "NIK"),
    ("witnesses", {"witnesses-0-nik": "1607017513909002"}, "witnesses-0-nik", "NIK"),
    ("witnesses", {"witnesses-1-nik": "1607015503909002"}, "witnesses", "Kedua saksi harus orang yang berbeda."),
    ("witnesses", {"witnesses-9999-name": "\x00", "witnesses-5-nik": "x"}, "witnesses", "saksi"),
]


@pytest.mark.parametrize(("step", "change", "where", "sentence"), BAD_ANSWERS)
def test_a_bad_answer_is_named_beside_its_question_and_shown_as_it_was_typed(sign_in, live, rows, step, change, where, sentence):
    draft = live.draft()
    values = live.values("akta-kelahiran", owner=live.siti, files=False)
    raw, _files = answers_of(live.definition("akta-kelahiran").form.step(step), values)
    before = rows()
    answer = sign_in(live.siti).post(reverse("cases:step", args=[draft.pk, step]), raw | change | {"saved": "0"})
    page = answer.content.decode()
    assert rows() == before
    if where is None:
        assert answer.status_code in (302, 422)
        return
    assert answer.status_code == 422, page[:500]
    assert "field__errors" in page and sentence in page
    assert Draft.objects.get(pk=draft.pk).saved_steps == {}
    typed = next(iter(change.values()))
    if typed.isascii() and typed.isprintable() and len(typed) < 30 and "'" not in typed and where in change and step == "child" \
            and where not in ("child_sex", "birth_region"):  # fmt: skip
        assert typed in page
    # The other answers were kept.
    kept = drafts.values_of(drafts.draft_of(draft.pk, by=live.siti))
    assert kept.get("facility_name") == "RSUD Contoh" or step == "witnesses" and kept["witnesses"][0]["name"] == "Rina Misalnia"


def test_questions_that_do_not_exist_are_ignored_on_a_page(sign_in, live):
    draft = live.draft()
    address = reverse("cases:step", args=[draft.pk, "reporter"])
    answer = sign_in(live.siti).post(address, {"relation": "mother", "state": "granted", "fee": "0", "child_name": "Curi Nama"})
    assert answer.status_code == 302
    assert "child_name" not in drafts.values_of(drafts.draft_of(draft.pk, by=live.siti))


def test_without_the_declaration_nothing_is_sent_and_the_page_says_what_to_do(sign_in, live, rows):
    draft = live.full_draft()
    before = rows()
    for consent in ({}, {"consent": "no"}):
        answer = sign_in(live.siti).post(reverse("cases:check", args=[draft.pk]), consent)
        assert answer.status_code == 422
        assert "Centang pernyataan terlebih dahulu sebelum mengirim permohonan." in answer.content.decode()
    assert rows() == before


@pytest.mark.parametrize("query", ["", "?from=check", "?" + "a=1&" * 400, "?next=//jahat.example", "?page=%00"])
def test_any_query_string_is_answered_by_the_pages_of_a_citizen(sign_in, live, client, query):
    draft, case, browser = live.draft(), live.make(), sign_in(live.siti)
    for name, args in (("step", [draft.pk, "child"]), ("check", [draft.pk]), ("mine", []), ("track", []),
                       ("start", ["akta-kelahiran"]), ("mine_detail", [case.reference])):  # fmt: skip
        assert browser.get(reverse(f"cases:{name}", args=args) + query).status_code == 200, name


def test_a_place_in_another_region_is_refused_for_a_permit_here(sign_in, live):
    draft = live.draft("izin-reklame", by=live.budi)
    values = live.values("izin-reklame", owner=live.budi, files=False)
    raw, files = answers_of(live.definition("izin-reklame").form.step("place"), values)
    answer = sign_in(live.budi).post(
        reverse("cases:step", args=[draft.pk, "place"]), raw | files | {"village": "11.01.01.2001", "saved": "0"}
    )
    assert answer.status_code == 422
    assert "Tempat ini di luar daerah kami." in answer.content.decode()


@pytest.mark.parametrize("note", ["\x00", "Alasan\x00tersembunyi", "😀" * 900, RTL, "a" * 10_000])
def test_any_text_as_a_reason_is_taken_or_refused_in_words(sign_in, live, note):
    case = live.make()
    browser = sign_in(live.officer(case))
    answer = browser.post(reverse("cases:act", args=[case.reference, "refuse"]), {"note": note, "seq": case.seq})
    case.refresh_from_db()
    if answer.status_code == 422:
        assert case.state == "check"
        assert "Tuliskan alasannya" in answer.content.decode()
    else:
        assert case.outcome == "refused"
        said = case.events.get(action="refuse").public_note
        assert "\x00" not in said and said
    note_page = reverse("cases:note", args=[case.reference])
    assert browser.post(note_page, {"text": note}).status_code == 302


@pytest.mark.parametrize("seq", ["", "abc", "-1", "9" * 30, "\x00"])
def test_a_broken_page_number_is_no_error(sign_in, live, seq):
    case = live.make()
    browser = sign_in(live.officer(case))
    answer = browser.post(reverse("cases:act", args=[case.reference, "refuse"]), {"note": "Alasan.", "seq": seq})
    assert answer.status_code in (302, 409)
    assert case.events.filter(kind="action").count() <= 1


def statement(bill, currency):
    transfer = Transfer(day=bill.due_on, amount=int(bill.total), text=bill.payment_code, reference="X1")
    account = billing.collecting_account().number
    return mt940_text([transfer], account=account, currency=currency).encode()


@pytest.mark.parametrize(("data", "sentence"), [
    (lambda bill: statement(bill, "USD"), "Mutasi ini dalam USD, sedangkan rekeningnya dalam IDR."),
    (lambda bill: statement(bill, "IDR")[:60], ""),
    (lambda bill: b":20:\x00\xff{{{" * 50, ""),
    (lambda bill: pdf_bytes(), ""),
])  # fmt: skip
def test_a_bad_statement_books_nothing_and_the_case_waits_on(sign_in, live, rows, data, sentence):
    case = live.run(live.make("izin-trayek"), "accept", "advise")
    bill = billing.bill_for(f"cases.case:{case.pk}")
    before = rows()
    browser = sign_in(live.users("treasurer")[0])
    page = browser.get(reverse("billing:statements")).content.decode()
    assert 'name="file"' in page
    answer = browser.post(reverse("billing:statements"), {
        "file": io.BytesIO(data(bill)), "account": str(billing.collecting_account().pk),
    })  # fmt: skip
    assert answer.status_code in (200, 422)
    assert sentence in answer.content.decode()
    assert rows() == before
    case.refresh_from_db()
    assert case.state == "payment"


def test_a_missing_upload_of_an_officer_keeps_the_answers(sign_in, live):
    case = live.run(live.make("izin-reklame"), "accept")
    browser = sign_in(live.officer(case))
    address = reverse("cases:act", args=[case.reference, "report"])
    base = {"seq": case.seq, "inspection_date": live.now.date().isoformat(), "measured_width": "4", "measured_height": "6",
            "conforms": "ya"}  # fmt: skip
    answer = browser.post(address, base | {"photos": upload("bukan.png", b"bukan gambar")})
    page = answer.content.decode()
    assert answer.status_code == 422 and Case.objects.get().state == "inspection"
    assert 'value="4"' in page
    answer = browser.post(address, base | {"photos": [upload("satu.png"), upload("dua.png")], "measured_width": "-4"})
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count('name="photos-kept"') == 2
    import re

    kept = re.findall(r'name="photos-kept" value="([^"]+)"', page)
    assert browser.post(address, base | {"photos-kept": kept}).status_code == 302
    assert len(Case.objects.get().findings["photos"]) == 2
