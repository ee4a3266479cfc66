"""The pages: who sees which bill, the treasurer's desk, upload, work list, export, API."""

import csv
import io
from datetime import date

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import api as billing
from dgs.core.billing.models import Payment, Proposal, Statement, StatementLine
from dgs.core.billing.simulator import Transfer, camt053_text, mt940_text, simulate_transfer
from dgs.core.billing.tests.conftest import NOW, TODAY

PERMISSIONS = ["billing.view_desk", "billing.take_statement", "billing.resolve_line"]


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def treasurer(client, user):
    role, _new = Role.objects.update_or_create(
        code="treasurer", defaults={"title": "Bendahara", "permissions": PERMISSIONS, "is_staff": True}
    )
    Grant.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    client.force_login(user)
    return client


@pytest.fixture
def second_person(db):
    """Another browser, of somebody who approves what the treasurer proposes."""
    from django.test import Client

    role = Role.objects.create(
        code="second", title="Orang kedua", permissions=["billing.view_desk", "billing.approve"], is_staff=True
    )
    person = apps.get_model("accounts", "User").objects.create_user(
        username="kedua@contoh.invalid", name="Dua Orangwati", password="rahasia-sekali-1"
    )
    Grant.objects.create(user=person, role=role, valid_from=date(2026, 1, 1))
    browser = Client()
    browser.force_login(person)
    return browser


def approve(browser, proposal):
    return browser.post(reverse("billing:proposals"), {"proposal": proposal.pk, "decision": "approve"})


@pytest.fixture
def citizen(client, payer):
    account = apps.get_model("accounts", "User").objects.create_user(
        username="siti@contoh.invalid", name="Siti Contohwati", password="rahasia-sekali-1", party=payer
    )
    client.force_login(account)
    return client


def page(client, name, *args, **query):
    return client.get(reverse(f"billing:{name}", args=args), query)


def test_the_payer_reads_how_to_pay_in_plain_words(citizen, issue, account):
    bill = issue()
    answer = page(citizen, "bill", bill.number)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert bill.grouped_code in text and f'data-copy="{bill.payment_code}"' in text and "1500000016071" in text
    assert "Menunggu pembayaran" in text and "hx-get" in text
    assert "simulasi" not in text


def test_the_page_says_paid_by_itself_and_stops_asking(citizen, issue, account):
    bill = issue()
    billing.take_statement(simulate_transfer(bill, NOW).data, file_name="a", account=None, by=None, now=NOW)
    text = page(citizen, "bill_state", bill.number).content.decode()
    assert "Lunas" in text and "hx-get" not in text


@pytest.mark.parametrize("name", ["bill", "bill_state"])
def test_another_persons_bill_does_not_exist(client, issue, account, user, name, settings):
    settings.LOGIN_URL = "/akun/masuk"
    bill = issue()
    assert page(client, name, bill.number).status_code == 302
    client.force_login(user)
    assert page(client, name, bill.number).status_code == 404
    assert page(client, name, "TGH-2026-999999").status_code == 404


def test_who_acts_for_the_paying_business_sees_its_bill_only_while_they_do(citizen, issue, account, payer):
    model = apps.get_model
    firm = model("parties", "Party").objects.create(kind="business", name="PT Angkutan Contoh")
    business = model("parties", "Business").objects.create(party=firm, nib="1234567890123")
    person = model("parties", "Person").objects.create(party=payer, nik_sealed="x", nik_hash="x" * 64)
    bill = issue(payer=firm)
    assert page(citizen, "bill", bill.number).status_code == 404
    acting = model("parties", "Representation").objects.create(
        business=business, person=person, capacity="Direktur", valid_from=date(2026, 1, 1)
    )
    assert page(citizen, "bill", bill.number).status_code == 200
    acting.valid_to = date(2026, 10, 1)
    acting.save()
    assert page(citizen, "bill", bill.number).status_code == 404


def test_staff_of_another_office_do_not_see_the_bill(client, issue, office, user, account):
    other = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    role, _new = Role.objects.update_or_create(code="verifier", defaults={"title": "Verifikator", "is_staff": True})
    grant = Grant.objects.create(user=user, role=role, office=other, valid_from=date(2026, 1, 1))
    client.force_login(user)
    bill = issue()
    assert page(client, "bill", bill.number).status_code == 404
    Grant.objects.filter(pk=grant.pk).update(office=office)
    assert page(client, "bill", bill.number).status_code == 200


def test_the_simulated_bank_exists_only_in_the_demo(citizen, issue, account, settings):
    bill = issue()
    address = reverse("billing:simulate", args=[bill.number])
    assert citizen.post(address).status_code == 404
    assert not Statement.objects.exists()
    settings.DEMO = True
    assert "simulasi" in page(citizen, "bill", bill.number).content.decode()
    assert citizen.post(address).status_code == 302
    assert billing.standing(bill).state == "paid"
    assert citizen.post(address).status_code == 409
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["desk", "statements", "worklist", "payments_export csv", "payments_export xlsx", "day", "day_export xlsx", "receivables"],
)
def test_a_citizen_may_not_enter_the_treasury(citizen, name):
    assert page(citizen, *name.split()).status_code == 403


@pytest.fixture
def regional(treasurer):
    """The treasurer, granted for a part of the region only."""
    regions = apps.get_model("regions", "Region").objects
    home, _new = regions.get_or_create(code="16.07", defaults={"name": "Kabupaten Banyuasin", "level": 2})
    part, _new = regions.get_or_create(code="16.07.9", defaults={"name": "Bagian", "level": 3, "parent": home})
    Grant.objects.update(region=part)
    return treasurer


def test_a_treasurer_of_a_part_of_the_region_finds_no_money(regional, issue, account):
    paid, open_ = issue(), issue(about="tests.thing:2", amount=275_000)
    rows = [Transfer(day=TODAY, amount=150_000, text=paid.payment_code), Transfer(day=TODAY, amount=9_000, text="ENTAH")]
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    for asked in ("", open_.payment_code, "275.000", "siti conto", "entah"):
        answer = page(regional, "desk", q=asked)
        text = answer.content.decode()
        assert answer.status_code == 200
        for told in (open_.number, paid.number, "150.000", "9.000", account.number, "Siti Contohwati"):
            assert told not in text, (asked, told)
    assert paid.number not in b"".join(page(regional, "payments_export", "csv").streaming_content).decode()
    assert not readings("billing.search")


def test_a_treasurer_of_a_part_of_the_region_reaches_no_line_and_takes_no_statement(regional, issue, account):
    rows = [Transfer(day=TODAY, amount=9_000, text="ENTAH")]
    file = mt940_text(rows, account=account.number).encode()
    billing.take_statement(file, file_name="mutasi-lama.sta", account=None, by=None, now=NOW)
    entah = StatementLine.objects.get()
    listed = page(regional, "worklist")
    assert listed.status_code == 200 and "ENTAH" not in listed.content.decode()
    address = reverse("billing:line", args=[entah.pk])
    assert regional.get(address).status_code == 404
    assert regional.post(address, {"selesai-note": "Bukan uang kita sama sekali"}).status_code == 404
    entah.refresh_from_db()
    assert entah.rest == entah.amount
    shown = page(regional, "statements", berkas=Statement.objects.get().pk)
    assert shown.status_code == 200 and "mutasi-lama.sta" not in shown.content.decode()
    assert 'type="file"' not in shown.content.decode()
    for name in ("desk", "worklist", "statements"):
        assert "Uang tidak dicatat per wilayah" in page(regional, name).content.decode(), name
    other = mt940_text([Transfer(day=TODAY, amount=1_000, text="LAIN")], account=account.number).encode()
    refused = regional.post(reverse("billing:statements"), {"file": SimpleUploadedFile("b.sta", other)})
    assert refused.status_code == 403
    assert Statement.objects.count() == 1 and StatementLine.objects.count() == 1


def test_a_treasurer_of_a_part_of_the_region_opens_no_bill(regional, issue, account, office):
    bill = issue()
    for granted in (None, office):
        Grant.objects.update(office=granted)
        assert page(regional, "bill", bill.number).status_code == 404
        assert page(regional, "bill_state", bill.number).status_code == 404
    assert not readings(f"billing.bill:{bill.pk}")
    Grant.objects.update(region=None)
    assert page(regional, "bill", bill.number).status_code == 200


def test_the_desk_puts_orphans_first_and_finds_by_code_number_name_and_amount(
    treasurer, issue, account, django_assert_max_num_queries
):
    paid, open_ = issue(), issue(about="tests.thing:2", amount=275_000)
    rows = [Transfer(day=TODAY, amount=150_000, text=paid.payment_code), Transfer(day=TODAY, amount=9_000, text="ENTAH")]
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    with django_assert_max_num_queries(24):
        text = page(treasurer, "desk").content.decode()
    assert "1 transaksi menunggu keputusan Anda" in text and "Rp\u00a0150.000" in text
    for asked in (open_.payment_code, open_.grouped_code, open_.number, "275.000", "siti conto"):
        assert open_.number in page(treasurer, "desk", q=asked).content.decode(), asked
    assert "ENTAH" in page(treasurer, "desk", q="entah").content.decode()
    assert page(treasurer, "desk", q="\x00'; DROP").status_code == 200


def test_an_upload_shows_what_became_of_it_and_the_same_file_again_says_so(treasurer, issue, account):
    bill = issue()
    data = simulate_transfer(bill, NOW).data

    def upload():
        return treasurer.post(
            reverse("billing:statements"), {"file": SimpleUploadedFile("mutasi.sta", data), "account": ""}, follow=True
        )

    text = upload().content.decode()
    assert "mutasi.sta" in text and "cocok" in text
    assert billing.standing(bill).state == "paid"
    assert "sudah pernah diambil" in upload().content.decode()
    assert Statement.objects.count() == 1


def test_a_broken_upload_is_explained_with_its_line_and_takes_nothing(treasurer, issue, account):
    data = simulate_transfer(issue(), NOW).data.replace(b"NTRF", b"")
    answer = treasurer.post(reverse("billing:statements"), {"file": SimpleUploadedFile("x.sta", data)})
    assert answer.status_code == 422 and "Baris 5" in answer.content.decode()
    assert not Statement.objects.exists()
    for empty in ({}, {"file": SimpleUploadedFile("x.sta", b"")}):
        assert treasurer.post(reverse("billing:statements"), empty).status_code == 422


def test_a_line_is_applied_to_a_bill_from_the_work_list(treasurer, second_person, issue, account, user):
    bill = issue()
    rows = [Transfer(day=TODAY, amount=150_000, text="LUPA KODE")]
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    line = StatementLine.objects.get()
    assert "LUPA KODE" in page(treasurer, "worklist").content.decode()
    shown = page(treasurer, "line", line.pk).content.decode()
    assert bill.number in shown
    address = reverse("billing:line", args=[line.pk])
    wrong = treasurer.post(address, {"assign": "1", "pasang-bill": "TGH-0", "pasang-note": "milik Siti"})
    assert wrong.status_code == 422
    empty = treasurer.post(address, {"assign": "1", "pasang-bill": bill.number, "pasang-note": ""})
    assert empty.status_code == 422 and not Payment.objects.exists()
    done = treasurer.post(address, {"assign": "1", "pasang-bill": bill.grouped_code, "pasang-note": "milik Siti"})
    assert done.status_code == 302 and not Payment.objects.exists()
    again = treasurer.post(address, {"assign": "1", "pasang-bill": bill.number, "pasang-note": "sekali lagi"})
    assert again.status_code == 409 and Proposal.objects.count() == 1
    own = approve(treasurer, Proposal.objects.get())
    assert own.status_code == 403 and not Payment.objects.exists()
    assert approve(second_person, Proposal.objects.get()).status_code == 302
    payment = Payment.objects.get()
    assert (payment.matched_by, payment.approved_by.name, payment.note) == (user, "Dua Orangwati", "milik Siti")
    assert billing.standing(bill).state == "paid"
    late = treasurer.post(address, {"settle": "1", "selesai-note": "terlambat", "selesai-outcome": "returned"})
    assert late.status_code == 409 and Proposal.objects.count() == 1


def test_a_match_is_taken_back_with_a_reason_and_stands_on_the_list_again(treasurer, issue, account):
    bill = issue()
    billing.take_statement(simulate_transfer(bill, NOW).data, file_name="a", account=None, by=None, now=NOW)
    line, payment = StatementLine.objects.get(), Payment.objects.get()
    address = reverse("billing:line", args=[line.pk])
    assert treasurer.post(address, {"undo": f"payment:{payment.pk}", "reason": ""}).status_code == 422
    assert treasurer.post(address, {"undo": "payment:999", "reason": "salah tagihan"}).status_code == 404
    assert billing.standing(bill).state == "paid"
    assert treasurer.post(address, {"undo": f"payment:{payment.pk}", "reason": "salah tagihan"}).status_code == 302
    line.refresh_from_db()
    assert billing.standing(bill).state == "open" and line.rest == line.amount and billing.check_money().ok
    assert treasurer.post(address, {"undo": f"payment:{payment.pk}", "reason": "salah tagihan"}).status_code == 409


def test_a_line_is_settled_with_a_note(treasurer, second_person, account):
    rows = [Transfer(day=TODAY, amount=-6_500, text="BIAYA ADM")]
    billing.take_statement(mt940_text(rows, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    line = StatementLine.objects.get()
    values = {"settle": "1", "selesai-note": "Biaya bank", "selesai-outcome": "bank_charges"}
    answer = treasurer.post(reverse("billing:line", args=[line.pk]), values)
    assert answer.status_code == 302
    line.refresh_from_db()
    assert line.rest == -6_500
    assert "Biaya bank" in second_person.get(reverse("billing:proposals")).content.decode()
    assert approve(second_person, Proposal.objects.get()).status_code == 302
    line.refresh_from_db()
    assert line.rest == 0 and line.settlements.get().note == "Biaya bank" and billing.check_money().ok
    assert page(treasurer, "line", 10**9).status_code == 404


def test_the_export_has_no_cell_a_spreadsheet_would_run(treasurer, issue, account, payer):
    payer.name = "=HYPERLINK(1)"
    payer.save()
    bill = issue(title="+62 izin")
    billing.take_statement(simulate_transfer(bill, NOW).data, file_name="a", account=None, by=None, now=NOW)
    answer = page(treasurer, "payments_export", "csv", dari="bukan-tanggal")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert rows[1][1] == bill.number and rows[1][6] == "150000"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_the_export_is_written_down_as_a_reading(treasurer, issue, account):
    from dgs.core.audit.models import AuditRow

    page(treasurer, "payments_export", "csv", dari="2026-11-01", sampai="2026-11-30")
    row = AuditRow.objects.get(kind="read", subject="billing.payments")
    assert row.facts == {"from": "2026-11-01", "to": "2026-11-30", "offices": "all"}


@pytest.mark.parametrize("asked", [{"sampai": "0001-01-01"}, {"dari": "0001-01-01"}, {"sampai": "9999-12-31"}])
def test_the_export_takes_no_day_outside_the_calendar(treasurer, asked):
    answer = page(treasurer, "payments_export", "csv", **asked)
    assert answer.status_code == 200
    assert answer.getvalue()


def readings(subject):
    from dgs.core.audit.models import AuditRow

    return list(AuditRow.objects.filter(kind="read", subject=subject))


def test_a_bill_opened_by_staff_is_written_down_as_a_reading_of_its_payer(treasurer, issue, account, payer, user):
    bill = issue()
    assert page(treasurer, "bill", bill.number).status_code == 200
    [row] = readings(f"billing.bill:{bill.pk}")
    assert (row.person, row.actor) == (payer.pk, user.pk)
    page(treasurer, "bill_state", bill.number)
    assert len(readings(f"billing.bill:{bill.pk}")) == 1


def test_a_payer_opening_their_own_bill_is_not_a_reading(citizen, issue, account):
    bill = issue()
    assert page(citizen, "bill", bill.number).status_code == 200
    assert not readings(f"billing.bill:{bill.pk}")


def test_a_search_of_the_treasury_is_written_down_for_each_payer_it_shows(treasurer, issue, account, payer):
    first, second = issue(), issue(about="tests.thing:2")
    page(treasurer, "desk")
    page(treasurer, "desk", q="tidak ada")
    assert not readings("billing.search")
    page(treasurer, "desk", q="siti conto")
    [row] = readings("billing.search")
    assert row.person == payer.pk
    assert sorted(row.facts["bills"]) == sorted([first.number, second.number])


def test_a_bill_read_by_staff_through_the_api_is_written_down(treasurer, issue, account, payer, user):
    from types import SimpleNamespace

    from dgs.core.billing import rest

    bill = issue()
    rest.bill(SimpleNamespace(auth=user), bill.number)
    assert [row.person for row in readings(f"billing.bill:{bill.pk}")] == [payer.pk]


def test_the_api_gives_the_bill_to_its_payer_only(issue, account, payer, user, rf):
    from types import SimpleNamespace

    from dgs.core.billing import rest
    from dgs.kernel.errors import NotFound

    bill = issue()
    owner = apps.get_model("accounts", "User").objects.create_user(username="s@contoh.invalid", name="Siti", party=payer)
    found = rest.bill(SimpleNamespace(auth=owner), bill.number)
    assert (found["state"], found["remaining"], found["payment_code"]) == ("open", 150_000, bill.payment_code)
    rest.BillOut(**found)
    with pytest.raises(NotFound):
        rest.bill(SimpleNamespace(auth=user), bill.number)


@pytest.mark.parametrize("rows", [5, 50])
def test_no_page_asks_the_database_more_often_for_longer_lists(treasurer, issue, account, assert_queries, rows):
    bills = [issue(about=f"tests.thing:{n}") for n in range(rows)]
    transfers = [Transfer(day=TODAY, amount=150_000, text=bill.payment_code) for bill in bills]
    transfers += [Transfer(day=TODAY, amount=149_000, text=bill.payment_code) for bill in bills]
    billing.take_statement(mt940_text(transfers, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    for name, args in (("desk", ()), ("worklist", ()), ("statements", ()), ("bill", (bills[0].number,))):
        page(treasurer, name, *args)
        with assert_queries(f"billing:{name}", rows):
            assert page(treasurer, name, *args).status_code == 200


@pytest.mark.parametrize("rows", [5, 50])
def test_the_list_of_proposals_asks_as_often_for_many_as_for_few(second_person, user, issue, account, assert_queries, rows):
    bill = issue()
    transfers = [Transfer(day=TODAY, amount=1_000 + n, text=f"LUPA {n}") for n in range(rows)]
    billing.take_statement(mt940_text(transfers, account=account.number).encode(), file_name="a", account=None, by=None, now=NOW)
    for line in StatementLine.objects.all():
        Proposal.objects.create(
            act="assign", values={"line": line.pk, "bill": bill.pk}, subject=f"billing.statementline:{line.pk}", reason="uji",
            by=user, at=NOW,
        )
    page(second_person, "proposals")
    with assert_queries("billing:proposals", rows):
        assert page(second_person, "proposals").status_code == 200


def test_an_upload_of_camt_says_what_the_bank_only_announced(treasurer, account):
    text = camt053_text([Transfer(day=TODAY, amount=5000, text="T", reference="R")] * 2, account=account.number)
    text = text.replace("BOOK", "PDNG", 1).replace(">10000.00<", ">5000.00<")
    file = SimpleUploadedFile("mutasi.xml", text.encode())
    answer = treasurer.post(reverse("billing:statements"), {"file": file}, follow=True)
    assert answer.status_code == 200 and "belum dibukukan" in answer.content.decode()
    assert StatementLine.objects.count() == 1
