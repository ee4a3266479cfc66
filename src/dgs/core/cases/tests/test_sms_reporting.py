"""Tests of LAPOR: every report is written down once, becomes a case where there is an account, and is answered where not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dgs.core.accounts.contact import Address
from dgs.core.accounts.registration import NewCitizen, register_citizen
from dgs.core.audit.models import AuditRow
from dgs.core.cases.models import Case, SmsReport
from dgs.core.messaging.api import segments
from dgs.core.messaging.models import Inbound, Message
from dgs.core.services import api as services
from dgs.core.services.actions import set_open
from dgs.core.services.models import Service

STRANGER, TEXT = "6281399990077", "Jalan Contoh di depan pasar berlubang besar"


@pytest.fixture
def ask(sms, loaded_region):
    state = {"at": timezone.now()}

    def send(text, number=STRANGER, later=None, **more):
        state["at"] += later or timedelta(seconds=10)
        answer = sms(text, number=number, now=state["at"], **more)
        assert answer is None or segments(answer).parts <= 2
        return answer

    return send


def join(number=STRANGER):
    citizen = NewCitizen(
        name="Rina Misalnia", nik="1607015503909002", birth_place="Palembang",
        birth_on=timezone.now().date().replace(year=1990), sex="P", address="Jl. Misal 3", region=None,
    )
    return register_citizen(
        address=Address("sms", number), citizen=citizen, password=None, consent=True, language="id", now=timezone.now()
    )


def test_with_an_account_it_is_a_case_that_staff_see_and_answer(siti, ask, player):
    answer = ask(f"LAPOR {TEXT}", siti.phone)
    case = Case.objects.get()
    assert case.reference in answer
    told = Message.objects.filter(channel="sms", to=siti.phone)
    assert [one.body for one in told] == [answer], "one SMS says it, not two"
    assert Message.objects.filter(channel="email", to=siti.email, about=f"cases.case:{case.pk}").exists()
    assert (case.applicant_id, case.channel, case.data["report"], case.service.slug) == (siti.party_id, "sms", TEXT, "pengaduan")
    assert (case.holder_role, case.holder_office.kind) == ("verifier", "one-stop")
    assert "sedang diperiksa" in ask(f"STATUS {case.reference}", siti.phone)


def test_the_same_sms_and_the_same_words_are_one_report(siti, ask):
    answers = {ask(f"LAPOR {TEXT}", number, gateway_id=f"a{number}") for number in (siti.phone, STRANGER) for _n in range(3)}
    assert len(answers) == 2
    answers |= {ask(f"lapor#{TEXT}", number) for number in (siti.phone, STRANGER)}
    assert len(answers) == 2
    assert Case.objects.count() == 1 and SmsReport.objects.count() == 2
    ask(f"LAPOR {TEXT}", STRANGER, later=timedelta(days=2))
    assert SmsReport.objects.count() == 3


def test_without_an_account_it_waits_has_a_number_and_is_answered_by_sms_once(ask, users, sign_in):
    answer = ask(f"LAPOR {TEXT}")
    report = SmsReport.objects.get()
    assert report.reference in answer and "AKUN" in answer and not Case.objects.exists()
    assert "menunggu" in ask(f"STATUS {report.reference.lower()}")
    assert "empat angka" in ask(f"STATUS {report.reference}", "6281399990078")
    officer = users("verifier", kind="one-stop")[0]
    browser = sign_in(officer)
    page = browser.get(reverse("cases:reports")).content.decode()
    assert TEXT in page and report.reference in page and STRANGER not in page
    address = reverse("cases:report_answer", args=[report.pk])
    browser.post(address, {"answer": "  "})
    browser.post(address, {"answer": "x" * 900})
    assert not SmsReport.objects.exclude(answered_at=None).exists()
    assert browser.post(address, {"answer": "Lubang sudah ditambal."}).status_code == 302
    assert browser.post(address, {"answer": "Lagi."}).status_code == 404
    sent = Message.objects.filter(about=f"cases.smsreport:{report.pk}")
    assert [message.to for message in sent] == [STRANGER] and "Lubang sudah ditambal" in sent[0].body
    assert AuditRow.objects.filter(action="cases.answer_report").count() == 1
    assert "Lubang sudah ditambal" in ask(f"STATUS {report.reference}")
    assert TEXT not in browser.get(reverse("cases:reports")).content.decode()


def test_officers_of_other_offices_neither_see_nor_answer_it(ask, users, sign_in):
    ask(f"LAPOR {TEXT}")
    report = SmsReport.objects.get()
    browser = sign_in(users("verifier", kind="civil-registration")[0])
    assert TEXT not in browser.get(reverse("cases:reports")).content.decode()
    assert browser.post(reverse("cases:report_answer", args=[report.pk]), {"answer": "Ya."}).status_code == 404
    assert not Message.objects.filter(about__startswith="cases.smsreport").exists()


def test_it_becomes_the_case_of_who_makes_an_account_with_that_number(ask):
    ask(f"LAPOR {TEXT}")
    ask("LAPOR Lampu jalan mati", "6281399990078")
    user = join()
    case = Case.objects.get()
    assert (case.applicant_id, case.data["report"]) == (user.party_id, TEXT)
    report = SmsReport.objects.get(number=STRANGER)
    assert report.case == case and case.reference in ask(f"STATUS {report.reference}")
    join_again = SmsReport.objects.get(number="6281399990078")
    assert join_again.case is None


def test_an_account_is_made_even_when_the_report_cannot_become_a_case(ask, users):
    ask(f"LAPOR {TEXT}")
    set_open(
        service_id=Service.objects.get(slug="pengaduan").pk, is_open=False, by=users("administrator")[0], now=timezone.now()
    )
    assert join().pk
    assert SmsReport.objects.get().case is None and not Case.objects.exists()
    assert "tidak diterima" in ask("LAPOR apa saja")


def test_the_text_is_asked_for_and_a_flood_is_stopped(ask):
    assert "Apa yang ingin" in ask("LAPOR")
    assert "Nomor laporan" in ask(TEXT)
    for n in range(12):
        answer = ask(f"LAPOR hal ke-{n}")
    assert "Terlalu banyak" in answer
    assert SmsReport.objects.count() == 10


@pytest.mark.parametrize(
    "text", ["\x00\x07", "%s %(reference)s {0}", "<script>alert(1)</script>", "🎉" * 300, "ا" * 900, "x" * 3000]
)
def test_hostile_texts_are_kept_and_shown_as_text(ask, users, sign_in, text):
    ask(f"LAPOR x{text}")
    assert not Inbound.objects.filter(outcome="broken").exists()
    page = sign_in(users("verifier", kind="one-stop")[0]).get(reverse("cases:reports")).content.decode()
    assert SmsReport.objects.get().reference in page and "<script>alert" not in page
    join()
    assert Case.objects.count() == 1


def test_the_list_costs_the_same_however_long_it_is(ask, users, sign_in, assert_queries):
    service = Service.objects.get(slug="pengaduan")
    SmsReport.objects.bulk_create(
        SmsReport(reference=f"R-{n}", inbound_id=n, number=STRANGER, language="id", text=TEXT, received_at=timezone.now(),
                  service=service)
        for n in range(20)
    )  # fmt: skip
    browser = sign_in(users("verifier", kind="one-stop")[0])
    with assert_queries("cases:reports", 20):
        assert browser.get(reverse("cases:reports")).content.decode().count(TEXT) == 20


def test_the_loader_refuses_a_report_field_that_cannot_stand_alone(loaded_region):
    sources = dict(services.current_version("pengaduan").sources)
    for old, new in (("report_field: report", "report_field: category"), ("report_field: report", "report_field: nothing")):
        with pytest.raises(services.DefinitionInvalid):
            services.parse(sources | {"service.yaml": sources["service.yaml"].replace(old, new)})
    needing = sources["form.yaml"].replace("        max: today\n        required: false\n", "        max: today\n")
    with pytest.raises(services.DefinitionInvalid):
        services.parse(sources | {"form.yaml": needing})
