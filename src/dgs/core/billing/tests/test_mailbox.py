"""The mail drop: which e-mails are taken, what becomes of the files, whom we answer with which words, and whom never."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import OperationalError

from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.actions import hearing, mailbox
from dgs.core.billing.actions.mailbox import take_mail
from dgs.core.billing.models import Confirmation, ReceivedMail
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY
from dgs.core.messaging import api as messaging
from dgs.core.messaging.marks import mark_of
from dgs.core.messaging.models import Message

WORDS = "FT26330ABC 23-11-2026 09:30 150.000"


@pytest.fixture
def root(tmp_path, account):
    (tmp_path / "in").mkdir()
    return tmp_path


@pytest.fixture
def citizen(payer):
    return apps.get_model("accounts", "User").objects.create_user(
        username="siti@contoh.invalid", name="Siti Contohwati", password="rahasia-sekali-1", party=payer,
        email="siti@contoh.invalid",
    )


def mail(text, sender="Orang <orang@lain.invalid>", key="1", **headers):
    lines = {"From": sender, "To": "bayar@daerah.invalid", "Subject": "Konfirmasi", "Message-ID": f"<{key}@lain.invalid>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"{head}\r\n{text}".encode()


def drop(root, *mails, now=NOW):
    """Deliver these e-mails and look twice; the second look takes them."""
    for number, data in enumerate(mails):
        (root / "in" / f"{number}.eml").write_bytes(data)
    take_mail(now=now, root=root)
    return take_mail(now=now, root=root)


def told(root, folder):
    return "\n".join(sorted(p.read_text() for p in (root / folder).iterdir() if p.suffix == ".txt"))


def test_a_confirmation_is_taken_down_and_its_payer_is_answered_in_full(issue, root, citizen):
    bill = issue()
    run = drop(root, mail(f"BAYAR {bill.number} {WORDS}", sender="Siti <Siti@Contoh.invalid>"))
    assert len(run.taken) == 1 and not run.refused
    one = Confirmation.objects.get()
    assert (one.channel, one.transfer_number, one.amount, one.contact) == ("email", "FT26330ABC", 150_000, "siti@contoh.invalid")
    assert one.transferred_at == NOW - timedelta(minutes=30)
    answer = Message.objects.get()
    assert answer.to == "siti@contoh.invalid" and answer.party_id == citizen.party_id
    assert bill.number in answer.body and "Rp\u00a0150.000" in answer.body and "Izin Trayek" in answer.body
    assert sorted(p.suffix for p in (root / "done").iterdir()) == [".eml", ".txt"] and bill.number in told(root, "done")
    assert not list((root / "in").iterdir()) and not list((root / "working").iterdir())


def test_a_stranger_is_told_the_same_whether_there_is_such_a_bill_or_not(issue, root, citizen):
    bill, paid = issue(), issue(about="tests.thing:2")
    text = mt940_text([Transfer(day=TODAY, amount=150_000, text=paid.payment_code)], account="1500000016071", opening=0)
    billing.take_statement(text.encode(), file_name="a", account=None, by=None, now=NOW)
    for number, name in ((bill.number, "a"), (paid.number, "b"), ("TGH-2026-999999", "c")):
        drop(root, mail(f"BAYAR {number} {WORDS}", sender=f"{name}@lain.invalid", key=name))
    answers = [message.body for message in Message.objects.order_by("pk")]
    assert len(answers) == 3 and len(set(answers)) == 1
    for hidden in ("TGH-", "150.000", "Siti", "Izin", "lunas"):
        assert hidden not in answers[0]
    assert "FT26330ABC" in answers[0] and "sudah dicatat" in answers[0] and "was taken down" in answers[0]
    assert Confirmation.objects.get().bill == bill
    assert "Tidak ada tagihan" in told(root, "refused")


def test_the_payer_of_a_paid_bill_is_told_so(issue, root, citizen):
    bill = issue()
    text = mt940_text([Transfer(day=TODAY, amount=150_000, text=bill.payment_code)], account="1500000016071", opening=0)
    billing.take_statement(text.encode(), file_name="a", account=None, by=None, now=NOW)
    run = drop(root, mail(f"BAYAR {bill.number} {WORDS}", sender="siti@contoh.invalid"))
    assert len(run.refused) == 1 and bill.number in Message.objects.get().body and not Confirmation.objects.exists()


def test_what_is_missing_is_asked_for_once_in_a_while(issue, root):
    bill = issue()
    drop(root, mail(f"BAYAR {bill.number} 23-11-2026"))
    answer = Message.objects.get()
    assert "nomor transfer" in answer.body and "jam transfer" in answer.body and "BAYAR TGH-2026-000123 FT26330ABC" in answer.body
    assert "- tanggal" not in answer.body and answer.to == "orang@lain.invalid"
    drop(root, mail("halo?", key="2"), now=NOW + timedelta(minutes=5))
    assert Message.objects.count() == 1
    drop(root, mail("halo?!", key="3"), now=NOW + timedelta(minutes=11))
    assert Message.objects.count() == 2
    drop(root, mail(f"BAYAR {bill.number} {WORDS}", key="4"), now=NOW + timedelta(minutes=12))
    assert Message.objects.count() == 3 and Confirmation.objects.exists()


def test_one_sender_is_not_answered_without_end(root):
    for n in range(12):
        drop(root, mail("halo", key=str(n)), now=NOW + timedelta(minutes=15 * n))
    assert Message.objects.count() == mailbox.ANSWERS_A_DAY


def test_all_senders_together_are_not_answered_without_end(root, monkeypatch):
    monkeypatch.setattr(mailbox, "ANSWERS_AN_HOUR", 3)
    for n in range(6):
        drop(root, mail("halo", key=str(n), sender=f"a{n}@lain.invalid"))
    assert Message.objects.count() == 3 and ReceivedMail.objects.count() == 6


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=y"}, {"Precedence": "bulk"},
        {"Precedence": "List"}, {"Return_Path": "<>"}, {"Return_Path": ""}, {"List_Id": "<warga.lain.invalid>"},
        {"X_Auto_Response_Suppress": "All"},
        {"sender": "MAILER-DAEMON@lain.invalid"}, {"sender": "no-reply@lain.invalid"}, {"sender": "layanan@dgs.invalid"},
        {"Content_Type": "multipart/report; boundary=x"},
    ],
)
def test_programs_lists_and_bounces_are_neither_taken_down_nor_answered(issue, root, headers):
    bill = issue()
    run = drop(root, mail(f"BAYAR {bill.number} {WORDS}", **headers))
    assert len(run.refused) == 1 and not Confirmation.objects.exists() and not Message.objects.exists()
    assert ReceivedMail.objects.get().outcome == "automatic" and "tidak dijawab" in told(root, "refused")


def test_the_same_message_twice_is_one_confirmation_and_one_answer(issue, root):
    bill = issue()
    data = mail(f"BAYAR {bill.number} {WORDS}")
    drop(root, data)
    run = drop(root, data, b"Received: by lain\r\n" + data)
    assert len(run.taken) == 2 and Confirmation.objects.count() == ReceivedMail.objects.count() == Message.objects.count() == 1


def test_a_worker_that_died_half_way_leaves_nothing_half(issue, root, monkeypatch):
    bill = issue()
    (root / "in" / "a.eml").write_bytes(mail(f"BAYAR {bill.number} {WORDS}"))
    take_mail(now=NOW, root=root)

    def die(*_args, **_named):
        raise OperationalError("away")

    with monkeypatch.context() as change:
        change.setattr(hearing, "confirm_transfer", die)
        with pytest.raises(OperationalError):
            take_mail(now=NOW, root=root)
    assert not Confirmation.objects.exists() and not ReceivedMail.objects.exists() and not Message.objects.exists()
    with monkeypatch.context() as change:  # taken down, but the file not put away
        change.setattr(mailbox, "put_away", die)
        with pytest.raises(OperationalError):
            take_mail(now=NOW, root=root)
    assert len(take_mail(now=NOW, root=root).taken) == 1
    assert Confirmation.objects.count() == Message.objects.count() == 1 and not list((root / "working").iterdir())


def test_links_huge_files_and_what_is_no_mail_are_refused(issue, root, tmp_path, monkeypatch):
    secret = tmp_path / "rahasia"
    secret.write_bytes(mail(f"BAYAR {issue().number} {WORDS}"))
    (root / "in" / "a.eml").symlink_to(secret)
    (root / "in" / "b.eml").write_bytes(b"\x00\xff" * 40)
    (root / "in" / "c.eml").write_bytes(b"")
    (root / "in" / "d.eml").write_bytes(mail("x" * 3000))
    (root / "in" / "e.eml").write_bytes(mail(WORDS, sender="a@b.invalid, c@d.invalid"))
    monkeypatch.setattr(mailbox, "MOST_BYTES", 2000)
    take_mail(now=NOW, root=root)
    run = take_mail(now=NOW, root=root)
    assert len(run.refused) == 5 and secret.exists() and not Confirmation.objects.exists() and not Message.objects.exists()
    said = told(root, "refused")
    for words in ("tautan", "bukan surel", "lebih besar", "tepat satu pengirim"):
        assert words in said


def test_a_stranger_does_not_replace_what_the_payer_said(issue, root, citizen):
    bill = issue()
    mine = actions.confirm_transfer(
        bill=bill, transfer_number="FT-PEMBAYAR", transferred_at=NOW - timedelta(hours=1), amount=Decimal(150_000), channel="web",
        by=citizen, now=NOW,
    )
    run = drop(root, mail(f"BAYAR {bill.number} {WORDS}"))
    mine.refresh_from_db()
    assert len(run.refused) == 1 and mine.answered_at is None and "tidak menggantikannya" in told(root, "refused")
    assert bill.number not in Message.objects.get().body


def test_an_e_mail_replaces_nothing_that_was_told_signed_in_whoever_it_says_it_is_from(issue, root, citizen):
    bill = issue()
    mine = actions.confirm_transfer(
        bill=bill, transfer_number="FT-PEMBAYAR", transferred_at=NOW - timedelta(hours=1), amount=Decimal(150_000), channel="web",
        by=citizen, now=NOW,
    )
    drop(root, mail(f"BAYAR {bill.number} {WORDS}", sender="siti@contoh.invalid"))
    mine.refresh_from_db()
    answer = Message.objects.get()
    assert mine.answered_at is None and Confirmation.objects.count() == 1
    assert answer.to == "siti@contoh.invalid" and "FT-PEMBAYAR" in answer.body


def test_a_payers_e_mail_replaces_an_earlier_e_mail(issue, root, citizen):
    bill = issue()
    drop(root, mail(f"BAYAR {bill.number} FT26330XYZ 23-11-2026 09:30", key="1", sender="siti@contoh.invalid"))
    drop(root, mail(f"BAYAR {bill.number} {WORDS}", key="2", sender="siti@contoh.invalid"))
    assert list(bill.confirmations.order_by("pk").values_list("outcome", flat=True)) == ["replaced", ""]


def test_two_e_mails_with_one_message_id_are_two(issue, root):
    first, second = issue(), issue(about="tests.thing:2")
    drop(root, mail(f"BAYAR {first.number} {WORDS}", key="1"))
    drop(root, mail(f"BAYAR {second.number} {WORDS}", key="1", sender="lain@lain.invalid"))
    assert set(Confirmation.objects.values_list("bill", flat=True)) == {first.pk, second.pk}


def test_a_refused_e_mail_has_its_reason_beside_it(issue, root, citizen):
    bill = issue()
    drop(root, mail(f"BAYAR {bill.number} FT26330ABC 23-11-2026 09:30 Rp 9.999.999.999.999", sender="siti@contoh.invalid"))
    assert not Confirmation.objects.exists() and len(told(root, "refused").splitlines()[-1]) > 20


def test_money_that_is_there_already_pays_and_is_answered_once(issue, root, citizen):
    bill = issue()
    text = mt940_text([Transfer(day=TODAY, amount=150_000, text="TRF FT26330ABC")], account="1500000016071", opening=0)
    billing.take_statement(text.encode(), file_name="a", account=None, by=None, now=NOW)
    drop(root, mail(f"BAYAR {bill.number} {WORDS}", sender="siti@contoh.invalid"))
    assert billing.standing(bill).state == "paid" and "lunas" in Message.objects.get().body


@pytest.mark.parametrize("when", ["24-11-2026 09:30", "01-01-2020 09:30", "23-11-2026 10:30"])
def test_a_day_that_cannot_be_is_asked_for_again_whatever_the_bill(issue, root, when):
    for n, number in enumerate((issue().number, "TGH-2026-999999")):
        drop(root, mail(f"BAYAR {number} FT26330ABC {when}", key=str(n), sender=f"a{n}@lain.invalid"))
    answers = {message.body for message in Message.objects.all()}
    assert len(answers) == 1 and "tanggal dan jam yang benar" in answers.pop() and not Confirmation.objects.exists()


def test_without_an_amount_it_is_what_the_bill_asks(issue, root):
    bill = issue(amount=175_000)
    drop(root, mail(f"BAYAR {bill.payment_code} FT26330ABC 23-11-2026 09:30"))
    assert Confirmation.objects.get().amount == 175_000


def test_a_fault_of_ours_refuses_the_one_mail_and_is_logged(issue, root, monkeypatch, caplog):
    bill = issue()
    real = mailbox.confirmation_text.read
    monkeypatch.setattr(mailbox.confirmation_text, "read", lambda text, today: 1 / 0 if "SALAH" in text else real(text, today))
    run = drop(root, mail("SALAH", key="1"), mail(f"BAYAR {bill.number} {WORDS}", key="2"))
    assert (len(run.taken), len(run.refused)) == (1, 1) and "ZeroDivisionError" in caplog.text
    assert "kesalahan program" in told(root, "refused")


def test_what_comes_back_of_our_own_e_mail_is_told_to_messages_and_no_confirmation(issue, root):
    sent = messaging.say(key="k", channel="email", to="siti@contoh.invalid", subject="Kabar", body="Halo", now=NOW)
    attempt = apps.get_model("messaging", "Attempt").objects.create(
        message=sent, number=1, provider="surel", began_at=NOW, ended_at=NOW, outcome="handed"
    )
    Message.objects.update(state="handed")
    data = (
        f"From: MAILER-DAEMON@mx.invalid\nTo: balik+{mark_of('a', attempt.pk)}@daerah.invalid\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nSorry.\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    ).encode()
    run = drop(root, data)
    assert len(run.taken) == 1
    assert "surel yang kami kirim" in told(root, "done")
    sent.refresh_from_db()
    assert (sent.state, sent.reason) == ("failed", "bounced")
    assert not ReceivedMail.objects.exists() and Message.objects.count() == 1
