"""How a bank's CSV is read because a person said so: found again, judged strictly, saved and ended."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import api as billing
from dgs.core.billing.actions import end_mapping, save_mapping
from dgs.core.billing.errors import MappingRefused, StatementRefused
from dgs.core.billing.models import BankAccount, Statement, StatementLine, StatementMapping
from dgs.core.billing.statements import read_statement
from dgs.core.billing.statements.mapping import ColumnChoice, guess, read_chosen, table, with_header
from dgs.core.billing.tests.conftest import NOW
from dgs.kernel.errors import NotFound

ODD = (
    "Laporan;Bank Ganjil\nWkt;Nlai;Arah;Ket A;Ket B;Kode;Sisa\n"
    "11/20/2026;150,000.00;K;SETOR;{code};R1;1,150,000.00\n11/21/2026;6,500.00;D;ADM;;R2;1,143,500.00\n"
)
CHOICE = ColumnChoice(
    columns={"date": (0,), "amount": (1,), "mark": (2,), "text": (3, 4), "reference": (5,), "balance": (6,)}, order="mdy",
    decimal=".", skip=2,
)
BARE = "20261120|SETOR TUNAI|150000|\n20261121|BIAYA||6500\n"
BARE_CHOICE = ColumnChoice(
    columns={"date": (0,), "text": (1,), "credit": (2,), "debit": (3,)}, delimiter="|", order="ymd", skip=0
)
AuditRow = apps.get_model("audit", "AuditRow")


def odd(code="1234"):
    return ODD.format(code=code).encode()


@pytest.fixture
def save(account, user):
    def make(choice=CHOICE, example=None, **changes):
        values = {"name": "Bank Ganjil", "account": account, "choice": choice, "example": example or odd(), "now": NOW}
        return save_mapping(**values | {"by": user} | changes)

    return make


def take(data, **changes):
    values = {"file_name": "a.csv", "account": None, "by": None, "now": NOW} | changes
    return billing.take_statement(data, **values)


def test_a_choice_reads_columns_in_their_own_order_with_its_dates_and_signs():
    parsed = read_chosen(odd("9999 1111"), with_header(odd(), CHOICE))
    first, second = parsed.lines
    assert (first.booked_on, first.amount, first.text, first.reference) == (
        date(2026, 11, 20), Decimal("150000.00"), "SETOR 9999 1111", "R1",
    )
    assert (second.booked_on, second.amount, second.balance) == (date(2026, 11, 21), Decimal(-6500), Decimal(1_143_500))
    assert parsed.parts[0].opening == Decimal(1_000_000)


def test_a_file_without_heading_is_read_by_two_columns_of_amounts():
    parsed = read_chosen(BARE.encode(), BARE_CHOICE)
    assert [line.amount for line in parsed.lines] == [Decimal(150_000), Decimal(-6500)]


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("dmy", "03/04/2026", date(2026, 4, 3)), ("mdy", "03/04/2026", date(2026, 3, 4)), ("ymd", "26/03/04", date(2026, 3, 4)),
        ("mdy", "2026-03-04", date(2026, 3, 4)), ("mdy", "04 Mar 2026", date(2026, 3, 4)), ("ymd", "03/04/2026", None),
        ("mdy", "20/11/2026", None), ("dmy", "11/20/2026", None),
    ],
)
def test_a_date_is_read_in_the_order_that_was_chosen(order, text, day):
    from dgs.core.billing.statements import numbers

    assert numbers.to_day(text, None, order) == day


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("11/21/2026", "21/11/2026", "Wkt"), ("6,500.00", "6.500,00", "Nlai"), (";D;", ";X;", "Arah"), ("6,500.00", "", "Nlai"),
        ("1,143,500.00", "salah", "Sisa"),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_column(old, new, column, save):
    save()
    with pytest.raises(StatementRefused) as refusal:
        take(odd().replace(old.encode(), new.encode()))
    assert (refusal.value.line, refusal.value.column) == (4, column)
    assert not Statement.objects.exists()


def test_a_column_without_heading_is_named_by_its_number():
    with pytest.raises(StatementRefused) as refusal:
        read_chosen(BARE.replace("6500", "x").encode(), BARE_CHOICE)
    assert (refusal.value.line, refusal.value.column) == (2, "4")


def test_a_file_is_known_by_its_heading_wherever_it_stands_and_however_it_is_written(save, account):
    save()
    moved = odd().replace(b"Laporan", b"Tambahan;x\n\nLaporan").replace(b"Wkt;Nlai", b"WKT; nlai (Rp)")
    taken = take(moved)
    assert taken.lines_new == 2 and taken.statement.account == account


def test_without_a_choice_such_a_file_is_refused(account):
    with pytest.raises(StatementRefused):
        take(odd())
    assert not Statement.objects.exists()


def test_a_chosen_file_pays_a_bill(save, issue):
    save()
    bill = issue()
    assert take(odd(bill.payment_code)).matched == 1
    assert billing.standing(bill).state == "paid"


def test_the_choice_of_the_account_goes_before_that_of_any_account(save, account):
    save(account=None, choice=CHOICE)
    other = ColumnChoice(columns={**CHOICE.columns, "text": (3,)}, order="mdy", decimal=".", skip=2)
    save(choice=other)
    take(odd(), account=account)
    assert StatementLine.objects.order_by("pk").first().text == "SETOR"


def test_the_choice_of_another_account_is_not_used(save, account):
    second = BankAccount.objects.create(bank="Bank Lain", number="777", holder="RKUD (contoh)")
    save()
    with pytest.raises(StatementRefused):
        take(odd(), account=second)
    assert not Statement.objects.exists()


def test_a_file_without_heading_is_read_by_the_accounts_own_choice_only(save, account):
    save(choice=BARE_CHOICE, example=BARE.encode())
    with pytest.raises(StatementRefused):
        take(BARE.encode())
    assert take(BARE.encode(), account=account).lines_new == 2


def test_a_choice_takes_precedence_over_what_the_reader_would_find_by_itself(save):
    text = "Tanggal;Keterangan;Jumlah\n01/02/2026;A;5.000\n"
    choice = ColumnChoice(columns={"date": (0,), "text": (1,), "amount": (2,)}, order="mdy", decimal=",", skip=1)
    save(choice=choice, example=text.encode())
    take(text.encode())
    assert StatementLine.objects.get().booked_on == date(2026, 1, 2)


def test_mt940_and_camt_are_never_read_by_a_choice(save, issue):
    from dgs.core.billing.simulator import simulate_transfer

    save()
    for format in ("mt940", "camt053"):
        file = simulate_transfer(issue(about=f"tests.thing:{format}"), NOW, format=format)
        assert take(file.data).statement.format == format


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_each_encoding_is_guessed_and_read(encoding):
    data = "Tanggal;Keterangan;Debet;Kredit\n20/11/2026;CAFÉ;;1.000,00\n".encode(encoding)
    choice = guess(data)
    assert choice.encoding == encoding and read_chosen(data, choice).lines[0].text == "CAFÉ"


def test_what_the_reader_knows_is_guessed_in_whole():
    text = "Rekening;123\nTanggal;Keterangan;Ref;Debet;Kredit;Saldo\n20/11/2026;A;R;;1.250,00;1.250,00\n"
    choice = guess(text.encode())
    assert choice.columns == {"date": (0,), "text": (1,), "reference": (2,), "debit": (3,), "credit": (4,), "balance": (5,)}
    assert (choice.delimiter, choice.skip, choice.decimal, choice.faults()) == (";", 2, ",", [])


def test_of_an_unknown_layout_separator_and_first_row_are_guessed():
    choice = guess(odd())
    assert (choice.delimiter, choice.skip, choice.order) == (";", 2, "mdy")
    assert guess(BARE.encode()).skip == 0 and guess(BARE.encode()).delimiter == "|"
    assert choice.faults()


@pytest.mark.parametrize("data", [b"", b"\n\n", b"x", b"\x00\x01\x02", b'"', b"\xff\xfe", b"a;b\n\"c"])
def test_anything_may_be_guessed_about(data):
    assert table(data, guess(data)) is not None


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        ({}, 3), ({"date": (0, 1), "text": (2,), "amount": (3,)}, 1), ({"date": (0,), "amount": (1,)}, 1),
        ({"date": (0,), "text": (1,), "amount": (2,), "debit": (3,)}, 1), ({"date": (0,), "text": (1,), "debit": (3,)}, 1),
        ({"date": (0,), "text": (1,), "debit": (2,), "credit": (3,), "mark": (4,)}, 1),
    ],
)
def test_a_choice_that_is_incomplete_or_contradicts_itself_is_not_saved(columns, count, save):
    choice = ColumnChoice(columns=columns, skip=2)
    assert len(choice.faults()) == count and all(str(fault) for fault in choice.faults())
    with pytest.raises(MappingRefused):
        save(choice=choice)
    assert not StatementMapping.objects.exists()


def test_a_choice_that_does_not_read_its_example_is_not_saved(save):
    rows = AuditRow.objects.count()
    for choice in (
        ColumnChoice(columns=CHOICE.columns, order="dmy", decimal=".", skip=2),
        ColumnChoice(columns=CHOICE.columns, order="mdy", decimal=",", skip=2),
        ColumnChoice(columns=CHOICE.columns, order="mdy", decimal=".", skip=90),
        ColumnChoice(columns=CHOICE.columns, order="mdy", decimal=".", skip=2, encoding="utf-16"),
    ):
        with pytest.raises((MappingRefused, StatementRefused)):
            save(choice=choice)
    with pytest.raises(MappingRefused):
        save(choice=BARE_CHOICE, example=BARE.encode(), account=None)
    assert not StatementMapping.objects.exists() and AuditRow.objects.count() == rows


def test_saving_again_for_the_same_heading_takes_the_place_of_the_first(save):
    first, second = save(), save(name="Baru")
    first.refresh_from_db()
    assert not first.is_active and second.is_active
    assert AuditRow.objects.filter(action="billing.save_mapping").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementMapping.objects.filter(pk=first.pk).update(is_active=True)


def test_an_ended_mapping_reads_nothing_and_ending_it_twice_is_written_down_once(save):
    made = save()
    for _time in range(2):
        end_mapping(mapping_id=made.pk, now=NOW)
    assert AuditRow.objects.filter(action="billing.end_mapping").count() == 1
    with pytest.raises(StatementRefused):
        take(odd())
    with pytest.raises(NotFound):
        end_mapping(mapping_id=10**9, now=NOW)


def test_choices_do_not_change_how_other_files_are_read(save):
    text = b"Tanggal;Keterangan;Debet;Kredit\n20/11/2026;A;;1.000,00\n"
    before = read_statement(text)
    save()
    assert read_statement(text, [with_header(odd(), CHOICE)], "777") == before


# The page.


@pytest.fixture
def treasurer(client, user, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    role, _new = Role.objects.update_or_create(
        code="treasurer",
        defaults={"title": "Bendahara", "permissions": ["billing.view_desk", "billing.take_statement"], "is_staff": True},
    )
    Grant.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    client.force_login(user)
    return client


def upload(client, data):
    return client.post(reverse("billing:mappings"), {"file": SimpleUploadedFile("contoh.csv", data)})


def sent(answer, **changes):
    """What the form on a page would send, with changes."""
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    return {**values, "example": answer.context["example"], **changes}


def test_the_first_rows_of_an_example_and_what_is_guessed_of_it_are_shown(treasurer):
    answer = upload(treasurer, b"Tanggal;Keterangan;Debet;Kredit\n20/11/2026;SETORAN SITI;;1.250,00\n")
    text = answer.content.decode()
    assert answer.status_code == 200 and "SETORAN SITI" in text and "Rp1.250" in text.replace("\u00a0", "")
    assert answer.context["form"]["column_3"].value() == "credit"
    assert not StatementMapping.objects.exists() and not Statement.objects.exists()


def test_choosing_shows_the_result_and_saving_keeps_it(treasurer, account, user):
    answer = upload(treasurer, odd())
    kinds = ["date", "amount", "mark", "text", "text", "reference", "balance"]
    values = sent(
        answer, name="Bank Ganjil", account=account.pk, date_format="mdy", decimal_sign=".",
        **{f"column_{n}": kind for n, kind in enumerate(kinds)},
    )
    shown = treasurer.post(reverse("billing:mappings"), {**values, "show": "1"})
    assert shown.status_code == 200 and [line.amount for line in shown.context["lines"]] == [Decimal(150_000), Decimal(-6500)]
    assert not StatementMapping.objects.exists()
    saved = treasurer.post(reverse("billing:mappings"), {**values, "save": "1"}, follow=True)
    made = StatementMapping.objects.get()
    assert saved.status_code == 200 and "Bank Ganjil" in saved.content.decode()
    assert (made.saved_by, made.saved_at, made.account, made.columns["text"]) == (user, NOW, account, [3, 4])
    assert take(odd()).lines_new == 2
    ended = treasurer.post(reverse("billing:mappings"), {"end": made.pk}, follow=True)
    made.refresh_from_db()
    assert ended.status_code == 200 and not made.is_active


def test_a_wrong_choice_is_told_with_line_and_column_and_nothing_is_saved(treasurer, account):
    answer = upload(treasurer, odd())
    kinds = ["date", "amount", "mark", "text", "text", "reference", "balance"]
    values = sent(answer, name="X", date_format="dmy", **{f"column_{n}": kind for n, kind in enumerate(kinds)})
    for button in ("show", "save"):
        told = treasurer.post(reverse("billing:mappings"), {**values, button: "1"})
        assert told.status_code == 422 and "Baris 3, kolom Wkt" in told.content.decode()
    missing = treasurer.post(reverse("billing:mappings"), {**values, "column_0": "", "save": "1"})
    assert missing.status_code == 422 and "tanggal pembukuan" in missing.content.decode()
    assert not StatementMapping.objects.exists()


def test_another_separator_shows_other_columns(treasurer):
    answer = upload(treasurer, odd())
    values = sent(answer, name="X", delimiter="|", show="1")
    again = treasurer.post(reverse("billing:mappings"), values)
    assert again.status_code == 422 and "column_1" not in again.context["form"].fields


@pytest.mark.parametrize("example", ["%%%", "", "QUJD", "AAAA"])
def test_a_spoilt_example_is_no_fault_of_the_program(treasurer, example):
    values = {"example": example, "name": "X", "delimiter": ";", "encoding": "utf-8", "skip_rows": 1, "date_format": "dmy"}
    assert treasurer.post(reverse("billing:mappings"), values | {"save": "1"}).status_code in {404, 422}
    assert not StatementMapping.objects.exists()


def test_a_binary_or_empty_upload_is_answered(treasurer):
    assert upload(treasurer, b"").status_code == 422
    assert upload(treasurer, bytes(range(256))).status_code == 200


def test_a_long_example_is_cut_at_the_end_of_a_row(treasurer):
    row = b"20/11/2026;SETORAN;;1.250,00\n"
    answer = upload(treasurer, b"Tanggal;Keterangan;Debet;Kredit\n" + row * 5000)
    assert answer.status_code == 200 and answer.context["lines"]
    assert len(answer.context["example"]) < 40_000


def test_who_may_not_take_statements_sees_and_saves_nothing(client, user, save):
    made = save()
    client.force_login(user)
    for answer in (client.get(reverse("billing:mappings")), client.post(reverse("billing:mappings"), {"end": made.pk})):
        assert answer.status_code in {302, 403, 404}
    made.refresh_from_db()
    assert made.is_active


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_for_one_heading_at_once_the_later_is_told(save, account, treasurer, monkeypatch):
    from dgs.core.billing.actions import mapping

    answer = upload(treasurer, odd())
    kinds = ["date", "amount", "mark", "text", "text", "reference", "balance"]
    values = sent(
        answer, name="Kedua", account=account.pk, date_format="mdy", decimal_sign=".", save="1",
        **{f"column_{n}": kind for n, kind in enumerate(kinds)},
    )
    inside, go, real = threading.Event(), threading.Event(), mapping.audit.record

    def slow(**facts):
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            go.wait(8)
        return real(**facts)

    monkeypatch.setattr(mapping.audit, "record", slow)

    def first():
        try:
            save(name="Pertama")
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(5)
    threading.Timer(0.4, go.set).start()  # while the later waits for what the earlier has written
    told = treasurer.post(reverse("billing:mappings"), values)
    thread.join()
    assert told.status_code == 409 and "baru saja menyimpan" in told.content.decode()
    assert StatementMapping.objects.get().name == "Pertama"
    assert treasurer.post(reverse("billing:mappings"), values).status_code == 302
    assert StatementMapping.objects.get(is_active=True).name == "Kedua"
