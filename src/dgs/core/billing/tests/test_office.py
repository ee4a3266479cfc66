"""Decisions on one bill: what the office proposes on its page, what the second person sees and does, and what is refused."""

from datetime import date

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.models import Adjustment, Bill, Instalment, Objection, Proposal, Refund
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY
from dgs.core.documents.models import StoredFile
from dgs.core.documents.tests.samples import pdf


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def person(name, *permissions, office=None, **more):
    role = Role.objects.create(code=f"rule-{name}", title=name, permissions=list(permissions), is_staff=True)
    user = apps.get_model("accounts", "User").objects.create_user(
        username=f"{name}@contoh.invalid", name=name.title(), password="rahasia-sekali-1", **more
    )
    Grant.objects.create(user=user, role=role, office=office, valid_from=date(2026, 1, 1))
    browser = Client()
    browser.force_login(user)
    browser.user = user
    return browser


@pytest.fixture
def proposer(db):
    return person("pengusul", "billing.view_desk", "billing.propose_change")


@pytest.fixture
def second(db):
    return person("kedua", "billing.view_desk", "billing.approve")


def letter(name="sk.pdf"):
    return SimpleUploadedFile(name, pdf(), "application/pdf")


def decision(**more):
    return {
        "decision_number": "900/12/2026", "decided_on": "2026-11-20", "reason": "keputusan bupati", "document": letter(),
    } | more


def send(browser, bill, act, query="", **values):
    return browser.post(reverse("billing:office_bill", args=[bill.number]) + f"?keputusan={act}{query}", values)


def status_of(browser, address):
    answer = browser.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def approve(browser, choice="approve"):
    proposal = Proposal.objects.get(decided_at=None)
    return browser.post(reverse("billing:proposals"), {"proposal": proposal.pk, "decision": choice})


def show(browser, bill, query=""):
    return browser.get(reverse("billing:office_bill", args=[bill.number]) + query)


def pay(bill, amount, name="bayar", opening=0):
    text = mt940_text([Transfer(day=TODAY, amount=amount, text="SETOR")], account="1500000016071", opening=opening)
    billing.take_statement(text.encode(), file_name=name, account=None, by=None, now=NOW)
    line = apps.get_model("billing", "StatementLine").objects.exclude(rest=0).get()
    return actions.assign_line(line_id=line.pk, bill=bill, note="setoran", with_excess=True, by=None, now=NOW)


def test_a_reduction_is_proposed_with_its_letter_and_done_by_the_second_person(issue, account, proposer, second):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 9, 30))
    assert send(proposer, bill, "keringanan", **decision(amount="Rp 250.000", penalty="20.000")).status_code == 302
    bill.refresh_from_db()
    assert bill.adjusted == 0 and Proposal.objects.get().values["amount"] == "-250000"
    text = second.get(reverse("billing:proposals")).content.decode()
    for seen in ("Keringanan", "Rp\u00a01.000.000", "Rp\u00a0750.000", "900/12/2026", "Buka berkas", "Pengusul"):
        assert seen in text
    assert approve(second).status_code == 302
    made = Adjustment.objects.get()
    assert (made.kind, made.amount, made.penalty, made.decided_on) == ("reduction", -250_000, -20_000, date(2026, 11, 20))
    assert (made.by, made.approved_by) == (proposer.user, second.user) and billing.check_money().ok
    shown = show(second, bill).content.decode()
    assert "Keringanan" in shown and f"/berkas/{made.document}" in shown


def test_the_letter_is_read_by_staff_of_the_office_and_by_the_payer_once_it_is_in_force(issue, proposer, second, payer, client):
    bill = issue()
    send(proposer, bill, "keringanan", **decision(amount="50.000", penalty="0"))
    kept = StoredFile.objects.get()
    assert kept.about == f"billing.bill:{bill.pk}"
    citizen = apps.get_model("accounts", "User").objects.create_user(
        username="siti@contoh.invalid", name="Siti", password="rahasia-sekali-1", party=payer
    )
    client.force_login(citizen)
    address = reverse("documents:file", args=[kept.pk])
    assert status_of(client, address) == 404 and status_of(second, address) == 200
    approve(second)
    assert status_of(client, address) == 200
    client.force_login(apps.get_model("accounts", "User").objects.create_user(username="x@contoh.invalid", name="X"))
    assert status_of(client, address) == 404


@pytest.mark.parametrize(
    ("act", "changes", "said"),
    [
        ("keringanan", {"amount": "150.001", "penalty": "0"}, "Paling banyak Rp\u00a0150.000"),
        ("keringanan", {"amount": "0", "penalty": "1"}, "Paling banyak Rp\u00a00"),
        ("keringanan", {"amount": "0", "penalty": "0"}, "Tulis berapa yang dikurangi"),
        ("keringanan", {"amount": "1,5", "penalty": "0"}, "rupiah bulat"),
        ("keringanan", {"amount": "-5", "penalty": "0"}, "0"),
        ("keringanan", {"amount": "9" * 5000, "penalty": "0"}, "rupiah bulat"),
        ("keringanan", {"amount": "1", "penalty": "0", "decided_on": "2026-11-24"}, "tidak mungkin benar"),
        ("keringanan", {"amount": "1", "penalty": "0", "decided_on": "0001-01-01"}, "tidak mungkin benar"),
        ("keringanan", {"amount": "1", "penalty": "0", "decision_number": "a\x00b"}, ""),
        ("keringanan", {"amount": "1", "penalty": "0", "reason": "ab"}, "Tuliskan alasannya"),
        ("keringanan", {"amount": "1", "penalty": "0", "document": ""}, "Pilih berkas"),
        ("pembetulan", {"way": "more", "amount": "5.000", "account": ""}, "Pilih rekening"),
        ("pembetulan", {"way": "more", "amount": "5.000", "account": "4.1.99"}, ""),
        ("penghapusan", {"document": ""}, "Pilih berkas"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_proposed_or_kept(issue, proposer, act, changes, said):
    bill = issue()
    answer = send(proposer, bill, act, **decision(**changes))
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Proposal.objects.exists() and not StoredFile.objects.exists()


def test_a_file_that_is_no_letter_is_refused_in_words_and_not_kept(issue, proposer):
    document = SimpleUploadedFile("a.pdf", b"MZ")
    answer = send(proposer, issue(), "keringanan", **decision(amount="1.000", penalty="0", document=document))
    assert answer.status_code == 422 and "PDF" in answer.content.decode()
    assert not Proposal.objects.exists() and not StoredFile.objects.exists()


def test_the_same_form_sent_twice_is_one_proposal_and_one_file(issue, proposer):
    bill = issue()
    send(proposer, bill, "keringanan", **decision(amount="1.000", penalty="0"))
    answer = send(proposer, bill, "keringanan", **decision(amount="1.000", penalty="0"))
    assert answer.status_code == 409 and "menunggu orang kedua" in answer.content.decode()
    assert Proposal.objects.count() == 1 and StoredFile.objects.count() == 1


def test_a_correction_may_add_under_an_account_of_the_bill(issue, account, proposer, second):
    bill = issue()
    values = decision(way="more", amount="25.000", account="4.1.02.03.03.0001", document="")
    assert send(proposer, bill, "pembetulan", **values).status_code == 302
    approve(second)
    assert billing.standing(bill).remaining == 175_000 and billing.check_money().ok


def test_a_write_off_says_what_is_left_and_closes_the_bill(issue, account, proposer, second):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 9, 30))
    assert "Rp\u00a01.000.000" in show(proposer, bill, "?keputusan=penghapusan").content.decode()
    send(proposer, bill, "penghapusan", **decision())
    approve(second)
    standing = billing.standing(bill)
    assert (standing.remaining, standing.penalty, standing.state) == (0, 0, "written_off") and billing.check_money().ok


def test_a_cancellation_keeps_its_decision(issue, account, proposer, second):
    bill = issue()
    assert send(proposer, bill, "pembatalan", **decision()).status_code == 302
    assert "dibatalkan" in second.get(reverse("billing:proposals")).content.decode()
    approve(second)
    made = Adjustment.objects.get()
    assert (made.kind, made.decision_number, made.approved_by) == ("cancellation", "900/12/2026", second.user) and made.document
    bill.refresh_from_db()
    assert bill.cancelled_at and send(proposer, bill, "keringanan", **decision(amount="1", penalty="0")).status_code == 404


def test_parts_are_suggested_changed_proposed_and_take_the_place_of_the_due_day(issue, account, proposer, second):
    bill = issue(amount=1_000_000)
    text = show(proposer, bill, "?keputusan=cicilan&bagian=3&mulai=2026-12-31").content.decode()
    for seen in ('value="2026-12-31"', 'value="2027-01-31"', 'value="2027-02-28"', 'value="333000"', 'value="334000"'):
        assert seen in text
    parts = {"day1": "2026-12-31", "amount1": "400.000", "day2": "2027-01-31", "amount2": "300.000", "day3": "2027-02-28"}
    query = "&bagian=3&mulai=2026-12-31"
    wrong = send(proposer, bill, "cicilan", query, **parts, amount3="299.999", reason="permohonan")
    assert wrong.status_code == 422 and "Rp\u00a0999.999" in wrong.content.decode() and not Proposal.objects.exists()
    assert send(proposer, bill, "cicilan", query, **parts, amount3="300.000", reason="permohonan").status_code == 302
    waits = second.get(reverse("billing:proposals")).content.decode()
    assert "23\u00a0Des\u00a02026: Rp\u00a01.000.000" in waits and "28\u00a0Feb\u00a02027: Rp\u00a0300.000" in waits
    approve(second)
    assert [part.amount for part in Instalment.objects.order_by("number")] == [400_000, 300_000, 300_000]
    assert billing.standing(bill).due_on == date(2026, 12, 31)


@pytest.mark.parametrize("query", ["&bagian=1&mulai=2026-12-01", "&bagian=25&mulai=2026-12-01", "&bagian=3&mulai=2026-11-01",
                                   "&bagian=3&mulai=9999-12-31", "&bagian=x&mulai=y", "&bagian=99999999999&mulai=2026-12-01"])
def test_a_plan_that_cannot_be_is_not_suggested(issue, proposer, query):
    bill = issue()
    assert show(proposer, bill, f"?keputusan=cicilan{query}").status_code == 200
    assert send(proposer, bill, "cicilan", query, reason="permohonan").status_code == 404


def object_to(bill, user):
    return actions.object_to_bill(bill=bill, text="Luas salah.\nSeharusnya 20 m2", by=user, now=NOW)


def test_an_objection_is_granted_with_its_reduction_in_one_act(issue, account, proposer, second, user):
    bill = issue()
    object_to(bill, user)
    values = {"is_granted": "yes", "amount": "50.000", "penalty": "", "answer": "Luas diperbaiki."}
    assert send(proposer, bill, "keberatan", **decision(**values)).status_code == 302
    assert "Seharusnya 20 m2" in second.get(reverse("billing:proposals")).content.decode()
    assert billing.standing(bill).is_disputed
    approve(second)
    objection = Objection.objects.get()
    assert objection.is_granted and objection.answer == "Luas diperbaiki." and objection.decided_by == proposer.user
    standing = billing.standing(bill)
    assert (standing.remaining, standing.is_disputed) == (100_000, False) and billing.check_money().ok


def test_a_declined_objection_takes_nothing_off(issue, proposer, second, user):
    bill = issue()
    object_to(bill, user)
    wrong = send(proposer, bill, "keberatan", **decision(is_granted="no", amount="1", answer="Tidak terbukti."))
    assert wrong.status_code == 422 and not Proposal.objects.exists()
    send(proposer, bill, "keberatan", **decision(is_granted="no", answer="Tidak terbukti."))
    approve(second)
    assert Objection.objects.get().is_granted is False and billing.standing(bill).remaining == 150_000
    assert send(proposer, bill, "keberatan", **decision(is_granted="no", answer="Lagi.")).status_code == 404


def test_what_was_overpaid_is_given_back_once_and_never_more(issue, account, proposer, second):
    bill = issue()
    pay(bill, 180_000)
    to = {"to_bank": "Bank Sumsel", "to_account": "140-123.456 7", "to_holder": "Siti Contohwati", "reason": "lebih bayar"}
    assert 'value="30000"' in show(proposer, bill, "?keputusan=restitusi").content.decode()
    assert send(proposer, bill, "restitusi", amount="30.001", **to).status_code == 422
    assert send(proposer, bill, "restitusi", amount="30.000", **to).status_code == 302
    waits = second.get(reverse("billing:proposals")).content.decode()
    assert "Bank Sumsel 1401234567, Siti Contohwati" in waits
    approve(second)
    refund = Refund.objects.get()
    assert (refund.amount, refund.to_account, refund.unpaid) == (30_000, "1401234567", 30_000) and billing.check_money().ok
    assert send(proposer, bill, "restitusi", amount="1", **to).status_code == 404
    assert refund.number in show(proposer, bill).content.decode()


def test_who_proposed_cannot_approve_and_may_withdraw(issue, db):
    both = person("berdua", "billing.view_desk", "billing.propose_change", "billing.approve")
    bill = issue()
    send(both, bill, "keringanan", **decision(amount="1.000", penalty="0"))
    assert approve(both).status_code == 409 and not Adjustment.objects.exists()
    assert approve(both, "decline").status_code == 302
    assert "ditolak" in show(both, bill).content.decode()


def test_bills_of_other_offices_and_parts_of_the_region_are_not_there(issue, office, db):
    other = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    bill = issue()
    stranger = person("lain", "billing.view_desk", "billing.propose_change", office=other)
    assert show(stranger, bill).status_code == 404
    assert send(stranger, bill, "keringanan", **decision(amount="1", penalty="0")).status_code == 404
    assert bill.grouped_code not in stranger.get(reverse("billing:office_bills"), {"q": bill.number}).content.decode()
    reader = person("pembaca", "billing.view_desk")
    assert show(reader, bill).status_code == 200 and "keputusan=" not in show(reader, bill).content.decode()
    assert send(reader, bill, "keringanan", **decision(amount="1", penalty="0")).status_code == 403
    # Proposes for another office only, but may look at this one.
    mixed = person("campur", "billing.propose_change", office=other)
    Grant.objects.create(user=mixed.user, role=Role.objects.get(code="rule-pembaca"), valid_from=date(2026, 1, 1))
    assert send(mixed, bill, "keringanan", **decision(amount="1", penalty="0")).status_code == 403
    assert not Proposal.objects.exists() and not StoredFile.objects.exists()


def test_opening_a_bill_is_written_down_and_an_exact_search_opens_it(issue, proposer):
    bill = issue()
    found = proposer.get(reverse("billing:office_bills"), {"q": bill.grouped_code})
    assert found.status_code == 302 and found.url.endswith(bill.number)
    show(proposer, bill)
    assert apps.get_model("audit", "AuditRow").objects.filter(purpose="decision on a bill", person=bill.payer_id).exists()


def test_the_page_of_a_bill_asks_the_same_number_of_queries_however_much_there_is(
    issue, account, proposer, second, user, assert_queries
):
    bill = issue(amount=1_000_000)
    pay(bill, 100_000)
    object_to(bill, user)
    for n in range(2):
        send(proposer, bill, "keringanan", **decision(amount=str(1000 + n), penalty="0"))
        approve(second)
    send(proposer, bill, "pembatalan", **decision(part_paid="on"))
    with assert_queries("billing:office_bill", 2):
        show(proposer, bill)
    assert Bill.objects.get().cancelled_at is None


def test_who_proposed_takes_it_back_where_it_is_shown_and_nobody_else_does(issue, proposer, second):
    bill = issue()
    page = f"/bendahara/tagihan/{bill.number}"
    made = actions.propose_on_bill(
        bill=bill, act="cancel", amount=150_000, reason="salah terbit", by=proposer.user, now=NOW, values={}
    )
    address = f"/bendahara/persetujuan/{made.pk}/tarik"
    assert address in proposer.get(page).content.decode()
    stranger = person("lain", "billing.view_desk", "billing.propose_change")
    assert address not in stranger.get(page).content.decode()
    assert stranger.post(address, {"next": page}).status_code == second.post(address).status_code == 404
    made.refresh_from_db()
    assert made.decided_at is None
    answer = proposer.post(address, {"next": page})
    assert (answer.status_code, answer.url) == (302, page)
    made.refresh_from_db()
    assert (made.is_approved, made.decided_by) == (False, proposer.user) and not Bill.objects.get(pk=bill.pk).cancelled_at
    assert proposer.post(address, {"next": page}).status_code == 409
    assert proposer.post(f"/bendahara/persetujuan/{10**18}/tarik").status_code == 404


def test_taking_a_proposal_back_never_leads_out_of_the_house(issue, proposer):
    bill = issue()
    made = actions.propose_on_bill(
        bill=bill, act="cancel", amount=150_000, reason="salah terbit", by=proposer.user, now=NOW, values={}
    )
    answer = proposer.post(f"/bendahara/persetujuan/{made.pk}/tarik", {"next": "https://contoh.invalid/"})
    assert (answer.status_code, answer.url) == (302, "/bendahara")
