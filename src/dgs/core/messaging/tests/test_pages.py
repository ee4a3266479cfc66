"""Tests of the outbox pages: who sees what, searching, paging, and the demo's telephone."""

from datetime import date

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Message

pytestmark = pytest.mark.django_db
OUTBOX = "/pesan"


@pytest.fixture
def offices(db):
    create = apps.get_model("organisations", "Office").objects.create
    region = apps.get_model("regions", "Region").objects.create(code="16.07", level=2, name="Banyuasin", path_label="x")
    return [
        create(slug=slug, kind=slug, name=slug, short_name=slug, region=region) for slug in ("dishub", "dukcapil")
    ]


def staff(django_user_model, office=None, permissions=("messaging.view_outbox", "messaging.resend")):
    user = django_user_model.objects.create_user(username=f"p{office}@contoh.id", name="Petugas Percobaan")
    role, _new = apps.get_model("access", "Role").objects.get_or_create(
        code=f"uji-{len(permissions)}", title="Uji", permissions=list(permissions)
    )
    apps.get_model("access", "Grant").objects.create(user=user, role=role, office=office, valid_from=date(2020, 1, 1))
    return user


def tell(n=1, **changes):
    values = {"key": f"k{n}", "channel": "sms", "to": f"0812345678{n:02}", "body": f"Permohonan BA-2026-0000{n:02}-K",
              "now": timezone.now(), "office": "dishub"}
    return say(**(values | changes))


def page(client, query=""):
    return client.get(OUTBOX + query)


def test_strangers_are_sent_to_sign_in_and_staff_without_the_right_are_refused(client, settings, django_user_model):
    settings.LOGIN_URL = "/akun/masuk"
    assert page(client).status_code == 302
    client.force_login(staff(django_user_model, permissions=()))
    assert page(client).status_code == 403


def test_staff_see_messages_but_never_secret_ones(client, django_user_model):
    tell(1)
    secret = tell(2, is_secret=True, body="Kode Anda 482913")
    client.force_login(staff(django_user_model))
    text = page(client).content.decode()
    assert "0812****801" in text
    assert "482913" not in text
    assert client.get(reverse("messaging:message", args=[secret.pk])).status_code == 404


def test_staff_of_an_office_see_its_messages_only(client, django_user_model, offices):
    own, other = tell(1, office="dishub"), tell(2, office="dukcapil")
    client.force_login(staff(django_user_model, offices[0]))
    text = page(client).content.decode()
    assert reverse("messaging:message", args=[own.pk]) in text
    assert reverse("messaging:message", args=[other.pk]) not in text
    assert client.get(reverse("messaging:message", args=[other.pk])).status_code == 404
    Message.objects.update(state="failed")
    assert client.post(reverse("messaging:resend", args=[other.pk])).status_code == 404
    other.refresh_from_db()
    assert other.state == "failed"


def test_staff_of_a_part_of_the_region_see_no_message(client, django_user_model, offices):
    told = tell(1, office="dishub")
    Message.objects.update(state="failed")
    part = apps.get_model("regions", "Region").objects.create(
        code="16.07.9", level=3, name="Bagian", path_label="y", parent=offices[0].region
    )
    client.force_login(staff(django_user_model))
    grants = apps.get_model("access", "Grant").objects
    for granted in (None, offices[0]):
        grants.update(office=granted, region=part)
        listed = page(client)
        assert listed.status_code == 200 and "0812****801" not in listed.content.decode()
        assert client.get(reverse("messaging:message", args=[told.pk])).status_code == 404
        assert client.post(reverse("messaging:resend", args=[told.pk])).status_code == 404
    told.refresh_from_db()
    assert told.state == "failed" and not AuditRow.objects.filter(kind="read").exists()
    grants.update(region=None)
    assert "0812****801" in page(client).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=0812-3456-7803", [3]), ("?q=%2B62+812+3456+7803", [3]), ("?q=BA-2026-000005-K", [5]),
        ("?q=siti@contoh", [9]), ("?q=SITI@CONTOH.ID", [9]), ("?state=failed", [8]), ("?channel=email", [9]),
        ("?q=tidak-ada", []), ("?q=%00%27%22%3C", []), ("?state=x&channel=y&q=BA-2026-000005-K", [5]),
        ("?before=abc&q=BA-2026-000005-K", [5]),
    ],
)
def test_messages_are_found_by_number_address_reference_and_state(client, django_user_model, query, found):
    for n in (3, 5):
        tell(n)
    tell(8, to="12")
    tell(9, channel="email", to="siti@contoh.id", subject="Kabar", body="Isi")
    client.force_login(staff(django_user_model))
    text = page(client, query).content.decode()
    shown = [n for n in (3, 5, 8, 9) if f'/pesan/{Message.objects.get(key=f"k{n}").pk}"' in text]
    assert shown == found


def test_pages_go_back_in_time_without_counting(client, django_user_model, django_assert_max_num_queries):
    for n in range(45):
        tell(n)
    client.force_login(staff(django_user_model))
    with django_assert_max_num_queries(12):
        first = page(client).content.decode()
    oldest = Message.objects.order_by("pk").first()
    link = reverse("messaging:message", args=[oldest.pk])
    assert f'"{link}"' not in first
    before = Message.objects.order_by("-pk")[39].pk
    assert f"before={before}" in first
    assert f'"{link}"' in page(client, f"?before={before}").content.decode()


def test_the_list_tells_neither_addresses_nor_words_and_reads_nothing(client, django_user_model, settings):
    sms = tell(1, body="Nomor kendaraan BG 9001 XX")
    mail = tell(2, channel="email", to="siti@contoh.id", subject="Akta Ananda Contoh", body="Isi surat")
    client.force_login(staff(django_user_model))
    for settings.DEMO in (False, True):
        text = page(client, "?tampil=daftar").content.decode()
        for hidden in (sms.to, "BG 9001", mail.to, "Ananda", "Isi surat"):
            assert hidden not in text
        assert "0812****801" in text and "s***@contoh.id" in text
    assert not AuditRow.objects.filter(kind="read").exists()


def test_reading_one_message_is_audited_with_its_party(client, django_user_model):
    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    found = tell(1, party_id=party.pk)
    client.force_login(staff(django_user_model))
    text = client.get(reverse("messaging:message", args=[found.pk])).content.decode()
    assert found.to in text and found.body in text
    assert AuditRow.objects.get(kind="read", subject=f"messaging.message:{found.pk}").person == party.pk


@pytest.mark.parametrize("demo", [False, True])
def test_the_list_answers_whoever_holds_the_right_for_one_office_or_for_all(client, django_user_model, offices, settings, demo):
    settings.DEMO = demo
    tell(1)
    for office in (None, offices[0]):
        client.force_login(staff(django_user_model, office))
        assert page(client, "?tampil=daftar").status_code == 200


def test_a_failed_message_is_sent_again_from_its_page(client, django_user_model):
    found = tell(1)
    Message.objects.update(state="uncertain", reason="broken-off")
    client.force_login(staff(django_user_model))
    url = reverse("messaging:resend", args=[found.pk])
    assert url in client.get(reverse("messaging:message", args=[found.pk])).content.decode()
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 409
    found.refresh_from_db()
    assert found.state == "queued"


def test_in_the_demo_everybody_sees_the_telephone_with_its_codes(client, settings):
    settings.DEMO = True
    tell(1, is_secret=True, body="Kode Anda 482913 <script>alert(1)</script> http://contoh.id/x")
    tell(2, channel="email", to="siti@contoh.id", subject="<b>Kabar</b>", body="Isi surat")
    text = page(client).content.decode()
    assert "482913" in text
    assert "&lt;script&gt;" in text
    assert "&lt;b&gt;Kabar" in text
    assert 'href="http://contoh.id/x"' in text
    assert "482913" in page(client, "?q=081234567801").content.decode()
    assert "482913" not in page(client, "?q=siti@contoh.id").content.decode()


def test_the_list_for_staff_stays_closed_in_the_demo_too(client, settings, django_user_model):
    settings.DEMO, settings.LOGIN_URL = True, "/akun/masuk"
    assert page(client, "?tampil=daftar").status_code == 302
    client.force_login(staff(django_user_model))
    assert page(client, "?tampil=daftar").status_code == 200


def test_outside_the_demo_no_code_is_ever_shown(client, settings):
    settings.DEMO, settings.LOGIN_URL = False, "/akun/masuk"
    tell(1, is_secret=True, body="Kode Anda 482913")
    assert b"482913" not in page(client).content
