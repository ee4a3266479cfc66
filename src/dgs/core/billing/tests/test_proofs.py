"""Proofs of payment: made once, signed, read by whom they concern, withdrawn with the payment that they list."""

import io
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from pypdf import PdfReader

from dgs.core.billing import actions, queries
from dgs.core.billing import api as billing
from dgs.core.billing.actions import proofs
from dgs.core.billing.errors import NotPaidYet, ProofNotReady
from dgs.core.billing.models import Bill, Payment, Proof
from dgs.core.billing.simulator import Transfer, mt940_text, simulate_transfer
from dgs.core.billing.spoken import in_words
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY
from dgs.core.documents import api as documents
from dgs.kernel.errors import NotFound


@pytest.fixture
def head(office):
    """Who signs for the office."""
    person = apps.get_model("accounts", "User").objects.create_user(
        username="kepala@contoh.invalid", name="Drs. Kepala Percobaan", nip="197001011990011001"
    )
    position = apps.get_model("organisations", "Position").objects.create(
        office=office, title="Kepala Dinas Perhubungan", is_signatory=True
    )
    apps.get_model("organisations", "Appointment").objects.create(
        position=position, user=person, capacity="definitive", valid_from=TODAY - timedelta(days=400)
    )
    return person


def pay(bill, amount=None, name="a"):
    file = simulate_transfer(bill, NOW, amount=amount or int(billing.standing(bill).remaining))
    billing.take_statement(file.data, file_name=name, account=None, by=None, now=NOW)


def prove(bill, payment=None):
    return actions.issue_proof(bill_id=bill.pk, payment_id=payment.pk if payment else None, now=NOW)


def words_of(document):
    return words_in(documents.read_file(document.file))


def words_in(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "number", "title"), [
    ("retribution", "SSRD-2026-000001", "Surat Setoran Retribusi Daerah (SSRD)"),
    ("tax", "SSPD-2026-000001", "Surat Setoran Pajak Daerah (SSPD)"),
    ("fee", "TBP-2026-000001", "Tanda Bukti Pembayaran (TBP)"),
])
def test_a_paid_bill_has_a_signed_proof_that_says_what_was_paid(issue, account, head, kind, number, title):
    bill = issue(kind=kind)
    pay(bill)
    document = prove(bill)
    assert (document.number, document.title, document.holder) == (number, title, "Siti Contohwati")
    assert documents.verify_pdf(documents.read_file(document.file)).kind == "genuine"
    assert documents.verify_code(document.code).kind == "genuine"
    words = words_of(document)
    for said in ("4.1.02.03.03.0001", "Rp 150.000", "LUNAS", bill.number, "seratus lima puluh ribu rupiah", "transfer bank"):
        assert said in words, said


@pytest.mark.django_db
def test_a_proof_asked_for_again_is_the_same_and_takes_no_second_number(issue, account, head):
    first, second = issue(), issue(about="tests.thing:2")
    pay(first), pay(second, name="b")
    document = prove(first)
    assert prove(first) == document == prove(first, Payment.objects.get(bill=first)) and Proof.objects.count() == 1
    assert prove(second).number == "TBP-2026-000002"


@pytest.mark.django_db
def test_what_is_not_paid_in_full_has_no_proof_of_the_whole_but_of_each_payment(issue, account, head, user):
    bill = issue(kind="retribution")
    with pytest.raises(NotPaidYet):
        prove(bill)
    actions.plan_instalments(
        bill_id=bill.pk, parts=[(TODAY, Decimal(50_000)), (TODAY + timedelta(days=30), Decimal(100_000))], decision_number="1",
        by=user, now=NOW,
    )
    pay(bill, 50_000)
    with pytest.raises(NotPaidYet):
        prove(bill)
    part = prove(bill, Payment.objects.get())
    assert part.number == "TBP-2026-000001" and "belum lunas, sisa Rp 100.000" in words_of(part)
    pay(bill, 100_000, name="b")
    whole = prove(bill)
    assert whole.number == "SSRD-2026-000001" and whole != part
    assert "Rp 50.000" in words_of(whole) and "Rp 100.000" in words_of(whole)


@pytest.mark.django_db
def test_another_bills_payment_or_one_that_is_not_there_is_not_found(issue, account, head):
    mine, other = issue(), issue(about="tests.thing:2")
    pay(other)
    for payment in (Payment.objects.get().pk, 0, 10**30):
        with pytest.raises(NotFound):
            actions.issue_proof(bill_id=mine.pk, payment_id=payment, now=NOW)
    with pytest.raises(NotFound):
        actions.issue_proof(bill_id=10**12, now=NOW)
    assert not Proof.objects.exists()


@pytest.mark.django_db
def test_a_payment_taken_back_withdraws_its_proof_and_paid_anew_there_is_a_new_one(issue, account, head, user):
    bill = issue()
    pay(bill)
    first = prove(bill)
    actions.take_back_payment(payment_id=Payment.objects.get().pk, reason="salah pasang, milik Budi", by=user, now=NOW)
    verdict = documents.verify_code(first.code)
    assert verdict.kind == "revoked" and "Budi" not in verdict.document.revoked_reason
    assert "ditarik kembali" in verdict.document.revoked_reason
    with pytest.raises(NotPaidYet):
        prove(bill)
    rows = [Transfer(day=TODAY, amount=150_000, text=f"{bill.payment_code} sekali lagi")]
    billing.take_statement(mt940_text(rows, account=NUMBER).encode(), file_name="b", account=None, by=None, now=NOW)
    second = prove(bill)
    assert second != first and second.number == "TBP-2026-000002" and documents.verify_code(second.code).kind == "genuine"


@pytest.mark.django_db
def test_a_payment_taken_back_while_its_proof_is_made_leaves_no_proof(issue, account, head, user, monkeypatch):
    bill = issue()
    pay(bill)
    real = proofs._numbered

    def overtaken(*values):
        number = real(*values)
        actions.take_back_payment(payment_id=Payment.objects.get(undoes=None).pk, reason="salah pasang", by=user, now=NOW)
        return number

    monkeypatch.setattr(proofs, "_numbered", overtaken)
    with pytest.raises(NotFound):
        prove(bill)
    assert Proof.objects.get().withdrawn_at and not documents.document_for(Proof.objects.get().about)


@pytest.mark.django_db
def test_what_was_paid_of_a_cancelled_bill_is_proved_but_not_as_paid(issue, account, head, user):
    bill = issue()
    rows = [Transfer(day=TODAY, amount=50_000, text="tanpa kode")]
    billing.take_statement(mt940_text(rows, account=NUMBER).encode(), file_name="a", account=None, by=None, now=NOW)
    line = apps.get_model("billing", "StatementLine").objects.get()
    billing.assign_line(line_id=line.pk, bill=bill, note="milik tagihan ini", by=user, now=NOW)
    billing.cancel_bill(bill=bill, reason="ditarik", part_paid=True, now=NOW)
    with pytest.raises(NotPaidYet):
        prove(bill)
    words = words_of(prove(bill, Payment.objects.get()))
    assert "tagihan dibatalkan" in words and "lunas" not in words.lower()


@pytest.mark.django_db
def test_the_same_money_told_of_once_more_withdraws_nothing(issue, account, head):
    bill = issue()
    pay(bill)
    document = prove(bill)
    billing.receive(
        channel="va", source="tests:1", bill_id=bill.pk, amount=Decimal(150_000), reference="R1", happened_at=NOW,
        account=account, strict=True, now=NOW,
    )
    assert Payment.objects.count() == 3 and prove(bill) == document
    assert documents.verify_code(document.code).kind == "genuine"


@pytest.mark.django_db
def test_a_bill_that_asks_more_later_gets_another_proof_when_that_is_paid(issue, account, head, user):
    bill = issue()
    pay(bill)
    first = prove(bill)
    held = Bill.objects.select_related("office").get(pk=bill.pk)
    actions.adjust(
        held, kind="correction", amount=Decimal(10_000), reason="kurang hitung", decided_on=TODAY, account="4.1.02.03.03.0001",
        now=NOW, by=user,
    )
    with pytest.raises(NotPaidYet):
        prove(bill)
    pay(bill, 10_000, name="b")
    second = prove(bill)
    assert second != first and "Rp 160.000" in words_of(second)
    assert documents.verify_code(first.code).kind == "revoked"


@pytest.mark.django_db
def test_without_anybody_who_may_sign_the_number_waits_for_the_next_try(issue, account, office):
    bill = issue()
    pay(bill)
    with pytest.raises(ProofNotReady):
        prove(bill)
    assert Proof.objects.get().number == "TBP-2026-000001" and not documents.document_for(Proof.objects.get().about)
    with pytest.raises(ProofNotReady):
        prove(bill)
    assert Proof.objects.count() == 1


@pytest.mark.django_db
def test_a_proof_is_neither_changed_nor_deleted(issue, account, head):
    bill = issue()
    pay(bill)
    prove(bill)
    for act in (lambda: Proof.objects.update(amount=1), lambda: Proof.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


@pytest.mark.django_db
def test_penalty_and_what_was_too_much_stand_apart_on_the_proof(issue, account, head, user):
    bill = issue(kind="retribution", due_on=TODAY - timedelta(days=1))
    rows = [Transfer(day=TODAY, amount=160_000, text="tanpa kode")]
    billing.take_statement(mt940_text(rows, account=NUMBER).encode(), file_name="a", account=None, by=None, now=NOW)
    line = apps.get_model("billing", "StatementLine").objects.get()
    billing.assign_line(line_id=line.pk, bill=bill, note="milik tagihan ini", with_excess=True, by=user, now=NOW)
    words = words_of(prove(bill))
    assert "Rp 1.500" in words and "Lebih dibayar" in words and "Rp 8.500" in words


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_document(issue, account, head):
    bill = issue()
    pay(bill)
    got, gate = [], threading.Barrier(2)

    def ask():
        gate.wait(10)
        try:
            got.append(prove(bill).pk)
        finally:
            connection.close()

    both = [threading.Thread(target=ask) for _ in range(2)]
    [one.start() for one in both], [one.join(60) for one in both]
    assert len(got) == 2 and len(set(got)) == 1 and Proof.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT last FROM documents_numbersequence WHERE scope = 'billing:proof:TBP:2026'")
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize(("amount", "words"), [
    (0, "nol rupiah"), (1, "satu rupiah"), (11, "sebelas rupiah"), (19, "sembilan belas rupiah"), (20, "dua puluh rupiah"),
    (100, "seratus rupiah"), (1_000, "seribu rupiah"), (1_999, "seribu sembilan ratus sembilan puluh sembilan rupiah"),
    (21_000, "dua puluh satu ribu rupiah"), (100_001, "seratus ribu satu rupiah"), (1_000_000, "satu juta rupiah"),
    (151_500, "seratus lima puluh satu ribu lima ratus rupiah"), (2_000_000_000, "dua miliar rupiah"),
    (999_999_999_999, "sembilan ratus sembilan puluh sembilan miliar sembilan ratus sembilan puluh sembilan juta "
     "sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan rupiah"),
])
def test_amounts_are_written_out(amount, words):
    assert in_words(amount) == words


@pytest.mark.django_db
def test_the_treasury_finds_the_bill_by_what_is_printed_on_its_proof(issue, account, head, office):
    bill, other = issue(kind="retribution"), issue(about="tests.thing:2", amount=80_000)
    pay(bill)
    document = prove(bill)
    spelled = documents.spell_code(document.code)
    number = bill.proofs.get().number
    for printed in (number, number.lower(), spelled, document.code, spelled.replace("-", " ").lower()):
        assert [one.pk for one in queries.find_money(printed, None).bills] == [bill.pk], printed
        assert [one.pk for one in queries.find_money(printed, {office.pk}).bills] == [bill.pk]
        assert not queries.find_money(printed, {office.pk + 1}).bills
    assert other.pk not in {one.pk for one in queries.find_money("SKRD", None).bills}
