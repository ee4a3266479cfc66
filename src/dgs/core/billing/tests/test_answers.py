"""What payers are told of answers to their confirmations and objections: to whom, once, in which words, and to strangers less."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import transaction

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import BillCancelled
from dgs.core.billing.models import Confirmation, StatementLine
from dgs.core.billing.refusing import answer_of
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY
from dgs.core.messaging.models import Message


@pytest.fixture
def citizen(payer):
    return apps.get_model("accounts", "User").objects.create_user(
        username="siti@contoh.invalid", name="Siti Contohwati", password="rahasia-sekali-1", party=payer,
        email="siti@contoh.invalid", phone="6281234567890",
    )


def tell(bill, **more):
    values = {
        "bill": bill, "transfer_number": "FT26330ABC", "transferred_at": NOW - timedelta(hours=1), "amount": Decimal(150_000),
        "channel": "web", "now": NOW,
    } | more
    return actions.confirm_transfer(**values)


def refuse(one, user, canned="rekening", words=""):
    return actions.refuse_confirmation(confirmation_id=one.pk, answer=answer_of(canned, words), by=user, now=NOW)


def bank(text, amount=150_000, name="a"):
    file = mt940_text([Transfer(day=TODAY, amount=amount, text=text)], account="1500000016071", opening=0)
    return billing.take_statement(file.encode(), file_name=name, account=None, by=None, now=NOW)


def test_a_found_transfer_is_told_once_to_the_account_that_told_of_it(issue, account, citizen):
    bill = issue()
    tell(bill, by=citizen)
    assert not Message.objects.exists()
    bank("TRF FT26330ABC")
    message = Message.objects.get()
    assert (message.channel, message.to, message.party_id) == ("email", "siti@contoh.invalid", citizen.party_id)
    assert "FT26330ABC" in message.body and bill.number in message.body and "lunas" in message.body
    assert message.about == f"billing.bill:{bill.pk}" and message.office_id == "dishub"
    bank("TRF FT26330ABC", name="b")
    assert Message.objects.count() == 1


def test_a_refusal_says_why_in_the_words_of_the_payers_language(issue, account, citizen, user):
    citizen.language = "en"
    citizen.save()
    one = tell(issue(), by=citizen)
    refuse(one, user, words="Lihat bukti.")
    body = Message.objects.get().body
    assert "was not found. The transfer did not come into our account." in body and body.count("Lihat bukti.") == 1
    assert "/tagihan/TGH-" in body


def test_the_contact_given_goes_before_the_account_and_a_phone_gets_an_sms_in_plain_letters(issue, account, citizen, user):
    one = tell(issue(), channel="sms", contact="0812 3456 7890")
    refuse(one, user)
    message = Message.objects.get()
    assert (message.channel, message.to, message.subject) == ("sms", "6281234567890", "")
    assert message.body.isascii() and "TGH-" in message.body


def test_a_stranger_learns_nothing_but_what_they_wrote(issue, account, citizen, user):
    bill = issue()
    one = tell(bill, channel="email", contact="orang@lain.invalid")
    refuse(one, user, canned="lunas")
    message = Message.objects.get()
    assert message.to == "orang@lain.invalid" and message.party_id is None
    for hidden in (bill.number, "Siti", "150.000", "Izin Trayek", "lunas", "/tagihan/"):
        assert hidden not in message.subject + message.body
    tell(bill, channel="email", contact="orang@lain.invalid", transfer_number="FT99999XYZ")
    bank("TRF FT99999XYZ")
    found = Message.objects.latest("pk")
    assert "FT99999XYZ" in found.body and "Terima kasih" in found.body
    assert not any(hidden in found.body for hidden in (bill.number, "150.000", "lunas", "Izin"))


def test_what_staff_told_for_a_payer_is_answered_to_the_payer(issue, account, citizen, user):
    refuse(tell(issue(), by=user), user)
    assert Message.objects.get().to == "siti@contoh.invalid"


def test_who_acts_for_a_paying_business_is_told(issue, account, citizen, payer, user):
    model = apps.get_model
    firm = model("parties", "Party").objects.create(kind="business", name="PT Angkutan Contoh")
    business = model("parties", "Business").objects.create(party=firm, nib="1234567890123")
    person = model("parties", "Person").objects.create(party=payer, nik_sealed="x", nik_hash="x" * 64)
    bill = issue(payer=firm)
    one = tell(bill)
    acting = model("parties", "Representation").objects.create(
        business=business, person=person, capacity="Direktur", valid_from=date(2026, 1, 1)
    )
    refuse(one, user)
    assert Message.objects.get().to == "siti@contoh.invalid"
    acting.valid_to = date(2026, 10, 1)
    acting.save()
    refuse(tell(bill), user)
    assert Message.objects.count() == 1


def test_a_payer_without_any_address_hinders_nothing(issue, account, user):
    one = tell(issue())
    refuse(one, user)
    assert Confirmation.objects.get().outcome == "refused" and not Message.objects.exists()


def test_what_was_said_again_or_rolled_back_is_told_to_nobody(issue, account, citizen, user):
    bill = issue()
    tell(bill, by=citizen)
    one = tell(bill, by=citizen, transfer_number="FT00000002")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        refuse(one, user)
        _broken = 1 / 0
    assert not Message.objects.exists()


def test_a_part_that_was_found_says_what_is_left(issue, account, citizen, user):
    bill = issue(amount=200_000)
    one = tell(bill, by=citizen)
    bank("TRF LAIN")
    second = apps.get_model("accounts", "User").objects.create_user(username="k@contoh.invalid", name="K", password="rahasia-1-k")
    proposal = actions.propose(
        act="assign", values={"line": StatementLine.objects.get().pk, "bill": bill.pk, "confirmation": one.pk},
        subject="billing.statementline:1", reason="cocok", by=user, now=NOW,
    )
    assert not Message.objects.exists()
    actions.decide(proposal_id=proposal.pk, is_approved=True, answer="", by=second, now=NOW)
    assert "masih kurang Rp\u00a050.000" in Message.objects.get().body


def test_an_answered_objection_is_told_once(issue, account, citizen, user):
    bill = issue()
    made = actions.object_to_bill(bill=bill, text="Salah", by=citizen, now=NOW)
    actions.decide_objection(objection_id=made.pk, is_granted=False, answer="Tidak terbukti.", by=user, now=NOW)
    body = Message.objects.get().body
    assert "ditolak. Tidak terbukti." in body and bill.number in body


def give_back(bill, user, other, amount=50_000):
    return actions.give_back(
        bill_id=bill.pk, amount=Decimal(amount), to_bank="Bank Contoh", to_account="9876543210", to_holder="Siti",
        reason="lebih bayar", decision_number="1", by=user, approved_by=other, now=NOW,
    )


def overpaid(bill):
    bank("SETOR TUNAI", amount=200_000)
    line = StatementLine.objects.latest("pk")
    actions.assign_line(line_id=line.pk, bill=bill, note="setoran", with_excess=True, by=None, now=NOW)
    return bill


def test_a_refund_is_told_when_it_is_decided_and_when_the_bank_has_paid_it(issue, account, citizen, user, other):
    bill = overpaid(issue())
    refund = give_back(bill, user, other)
    decided = Message.objects.get()
    assert (decided.to, decided.about) == ("siti@contoh.invalid", f"billing.bill:{bill.pk}")
    assert refund.number in decided.body and "disetujui" in decided.body and "***3210" in decided.body
    assert "9876543210" not in decided.body
    transfer = Transfer(day=TODAY, amount=-50_000, text=f"RETUR {refund.number}")
    file = mt940_text([transfer], account="1500000016071", opening=200_000)
    billing.take_statement(file.encode(), file_name="b", account=None, by=None, now=NOW)
    paid = Message.objects.exclude(pk=decided.pk).get()
    assert "bank telah mengirim" in paid.body and refund.number in paid.body


def test_a_refund_paid_in_parts_is_told_once_when_all_of_it_went(issue, account, citizen, user, other):
    refund = give_back(overpaid(issue()), user, other)
    Message.objects.all().delete()
    for number, (amount, opening) in enumerate(((-20_000, 200_000), (-30_000, 180_000))):
        file = mt940_text([Transfer(day=TODAY, amount=amount, text="TRF")], account="1500000016071", opening=opening)
        billing.take_statement(file.encode(), file_name=f"b{number}", account=None, by=None, now=NOW)
        line = StatementLine.objects.latest("pk")
        actions.settle_line(line_id=line.pk, refund_id=refund.pk, note="restitusi", by=user, now=NOW)
        assert Message.objects.count() == number


def test_a_refund_that_is_withdrawn_is_told_and_a_trial_run_tells_nothing(issue, account, citizen, user, other):
    bill = overpaid(issue())
    refund = give_back(bill, user, other)
    made = actions.propose_on_bill(
        bill=bill, act="withdraw", amount=50_000, reason="rekening salah", by=user, now=NOW, values={"refund": refund.pk},
    )
    assert Message.objects.count() == 1
    actions.decide(proposal_id=made.pk, is_approved=True, answer="", by=other, now=NOW)
    assert "ditarik kembali" in Message.objects.latest("pk").body


def test_what_asks_for_nothing_any_more_is_not_objected_to(issue, account, citizen):
    bill = issue()
    billing.cancel_bill(bill=bill, reason="ditarik", now=NOW)
    with pytest.raises(BillCancelled):
        actions.object_to_bill(bill=bill, text="terlalu mahal", by=citizen, now=NOW)
    assert not bill.objections.exists()
