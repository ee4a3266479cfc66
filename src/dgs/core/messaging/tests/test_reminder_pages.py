"""Pages of reminders: the calendar, a day, those made by hand and a person's own; who may see what, and what is written down."""

import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging import agenda
from dgs.core.messaging.api import remind, say
from dgs.core.messaging.models import Message, Reminder, ReminderStep

pytestmark = pytest.mark.django_db


@pytest.fixture
def offices(db):
    create = apps.get_model("organisations", "Office").objects.create
    region = apps.get_model("regions", "Region").objects.create(code="16.07", level=2, name="Banyuasin", path_label="x")
    return [create(slug=slug, kind=slug, name=slug.title(), short_name=slug, region=region) for slug in ("dishub", "dukcapil")]


@pytest.fixture
def officer(django_user_model):
    def make(office=None, permissions=("messaging.manage_reminders",), name="Budi Percobaan"):
        user = django_user_model.objects.create_user(
            username=f"{uuid.uuid4().hex[:8]}@contoh.invalid", name=name, email=f"{uuid.uuid4().hex[:8]}@contoh.invalid"
        )
        role, _new = apps.get_model("access", "Role").objects.get_or_create(
            code=f"uji-{len(permissions)}", title="Uji", is_staff=True, permissions=list(permissions)
        )
        apps.get_model("access", "Grant").objects.create(user=user, role=role, office=office, valid_from=date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def siti(django_user_model):
    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    return django_user_model.objects.create_user(
        username="siti@contoh.invalid", name="Siti Contohwati", email="siti@contoh.invalid", phone="6281200000001", party=party
    )


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def made(siti, n=1, office="dishub", days=1, **more):
    return remind(**({"key": f"k{n}", "kind": "appointment", "about": "", "due_on": tomorrow() + timedelta(days=days - 1),
                      "user_id": siti.pk, "party_id": siti.party_id, "office": office, "text": f"Ambil surat {n}", "steps": [0],
                      "now": timezone.now()} | more))


def form(**more):
    return {"kind": "appointment", "text": "Rapat kerja", "due_on": str(tomorrow() + timedelta(days=6)), "at": "09:30",
            "address": "", "steps": ["7", "1"], "office": "dishub", "key": str(uuid.uuid4())} | more


def text(answer):
    return answer.content.decode()


def month(client, query=""):
    return client.get(reverse("messaging:reminders") + f"?bulan={tomorrow():%Y-%m}" + query)


def day(client, on=None, query=""):
    return client.get(reverse("messaging:reminders_day", args=[on or tomorrow()]) + query)


PAGES = ["messaging:reminders", "messaging:reminders_by_hand", "messaging:reminder_new"]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_need_the_permission(client, settings, officer, page):
    settings.LOGIN_URL = "/akun/masuk"
    assert client.get(reverse(page)).status_code == 302
    client.force_login(officer(permissions=()))
    assert client.get(reverse(page)).status_code == 403


def test_the_calendar_counts_by_day_and_kind_in_the_offices_granted(client, officer, offices, siti):
    made(siti, 1), made(siti, 2), made(siti, 3, office="dukcapil")
    client.force_login(officer(offices[0]))
    link = reverse("messaging:reminders_day", args=[tomorrow()])
    assert link in text(month(client)) and "<strong>2</strong>" in text(month(client))
    assert link not in text(month(client, "&jenis=staff_matter"))
    assert link not in text(month(client, "&kantor=dukcapil"))
    client.force_login(officer())
    assert "<strong>3</strong>" in text(month(client)) and "<strong>1</strong>" in text(month(client, "&kantor=dukcapil"))


def test_an_empty_month_and_an_impossible_one_are_answered(client, officer):
    client.force_login(officer())
    for asked in ("", "?bulan=2019-01", "?bulan=x&jenis=%00&kantor=%27", "?bulan=2100-12", "?bulan=9999-99"):
        answer = client.get(reverse("messaging:reminders") + asked)
        assert answer.status_code == 200 and "Tidak ada pengingat bulan ini" in text(answer)
    for asked in ("x", "2019-01-01", "9999-99-99", "2101-01-01"):
        assert client.get(reverse("messaging:reminders_day", args=[asked])).status_code == 404


def test_a_day_shows_words_and_shortened_addresses_and_is_written_down(client, officer, offices, siti):
    made(siti, 1), made(siti, 2, office="dukcapil")
    client.force_login(officer(offices[0]))
    shown = text(day(client))
    assert "Ambil surat 1" in shown and "0812****001" in shown and "s***@contoh.invalid" in shown
    for hidden in ("6281200000001", "siti@contoh.invalid", "Siti Contohwati", "Ambil surat 2"):
        assert hidden not in shown
    assert AuditRow.objects.filter(kind="read", subject=f"messaging.reminders:{tomorrow()}").count() == 1
    assert "Tidak ada yang dikirim" in text(day(client, tomorrow() + timedelta(days=1)))
    assert AuditRow.objects.filter(kind="read").count() == 1


def test_a_day_that_is_over_shows_what_was_sent(client, officer, offices, siti):
    row, on = made(siti), timezone.localdate() - timedelta(days=3)
    ReminderStep.objects.create(reminder=row, days=1, due_on=row.due_on, taken_on=on, at=timezone.now(), messages=1)
    Message.objects.create(
        key=f"reminder:{row.pk}:{row.due_on}:1:sms", channel="sms", to="6281200000001", body="Pengingat: ambil surat",
        created_at=timezone.now(), state="delivered",
    )
    client.force_login(officer(offices[0]))
    shown = text(day(client, on))
    assert "Pengingat: ambil surat" in shown and "0812****001" in shown and "6281200000001" not in shown
    answer = client.get(reverse("messaging:reminders_export", args=[on]))
    assert "Pengingat: ambil surat" in b"".join(answer.streaming_content).decode()


def test_the_file_of_a_day_is_safe_for_spreadsheets_and_written_down(client, officer, offices, siti):
    made(siti, text="=1+1 rapat")
    made(siti, 2, office="dukcapil")
    client.force_login(officer(offices[0]))
    answer = client.get(reverse("messaging:reminders_export", args=[tomorrow()]))
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2 and "0812****001" in lines[1] and "siti@" not in lines[1]
    assert AuditRow.objects.filter(kind="read", purpose="export of reminders").count() == 1


def test_the_file_of_today_holds_what_was_sent_and_what_is_to_come(client, officer, offices, siti, monkeypatch):
    monkeypatch.setattr(agenda, "CHUNK", 2)
    today, now = timezone.localdate(), timezone.now()
    for n in range(5):
        one = made(siti, n, due_on=today + timedelta(days=7), steps=[7, 0], known_on=today - timedelta(days=1))
        if n < 3:
            say(key=f"reminder:{one.pk}:{one.due_on}:7:sms", channel="sms", to=siti.phone, body=f"Terkirim {n}", now=now)
            ReminderStep.objects.create(reminder=one, days=7, due_on=one.due_on, taken_on=today, at=now, messages=1)
            Reminder.objects.filter(pk=one.pk).update(next_on=one.due_on)
    client.force_login(officer())
    file = b"".join(client.get(reverse("messaging:reminders_export", args=[today])).streaming_content).decode()
    assert [f"Terkirim {n}" in file for n in range(5)] == [True] * 3 + [False] * 2
    assert [f"Ambil surat {n}" in file for n in range(5)] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("rows", [3, 20])
def test_a_day_asks_as_many_queries_for_few_as_for_many(client, officer, offices, siti, assert_queries, rows):
    for n in range(rows):
        made(siti, n)
    client.force_login(officer(offices[0]))
    with assert_queries("messaging:reminders_day", rows):
        day(client)
    with assert_queries("messaging:reminders", rows):
        month(client)
    with assert_queries("messaging:reminders_by_hand", rows):
        client.get(reverse("messaging:reminders_by_hand"))


def test_a_day_with_many_is_read_in_pages(client, officer, siti):
    for n in range(30):
        made(siti, n)
    client.force_login(officer())
    first, second = text(day(client)), text(day(client, query="?page=2"))
    assert first.count("Ambil surat") == 25 and second.count("Ambil surat") == 5
    assert "?page=2" in first and "?page=1" in second
    assert day(client, query="?page=99999").status_code == 200


def test_an_officer_reminds_a_person_themselves_and_moves_it(client, officer, offices, siti):
    me = officer(offices[0])
    client.force_login(me)
    values = form(address="0812-0000-0001")
    for _twice in range(2):  # a form that is sent twice
        assert client.post(reverse("messaging:reminder_new"), values).status_code == 302
    row = Reminder.objects.get()
    assert (row.user_id, row.party_id, row.office_id) == (siti.pk, siti.party_id, "dishub")
    assert (row.text, row.steps) == ("Rapat kerja", [7, 1])
    assert row.next_on == timezone.localdate() and row.by_id == me.pk
    listed = text(client.get(reverse("messaging:reminders_by_hand")))
    assert "Rapat kerja" in listed and "0812****001" in listed
    shown = text(client.get(reverse("messaging:reminder", args=[row.pk])))
    assert "0812****001" in shown and siti.phone not in shown and siti.email not in shown
    moved = form(address="", due_on=str(tomorrow() + timedelta(days=9)), key=values["key"])
    assert client.post(reverse("messaging:reminder", args=[row.pk]), moved).status_code == 302
    row.refresh_from_db()
    assert row.due_on == tomorrow() + timedelta(days=9) and row.user_id == siti.pk
    assert client.post(reverse("messaging:reminder_new"), form()).status_code == 302
    assert Reminder.objects.latest("pk").user_id == me.pk
    assert client.post(reverse("messaging:reminder_cancel", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.ended_why == "cancelled" and row.next_on is None
    assert client.get(reverse("messaging:reminder", args=[row.pk])).status_code == 404
    assert client.post(reverse("messaging:reminder_cancel", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"text": " "}, {"due_on": "2020-01-01"}, {"due_on": "x"}, {"due_on": "9999-12-31"}, {"at": "25:00"}, {"steps": []},
     {"steps": ["5"]}, {"address": "0812-9999-9999"}, {"address": "bukan alamat"}, {"office": "dukcapil"}, {"kind": "bill_due"},
     {"kind": "x"}, {"key": "x"}, {"steps": ["60"]}, {"text": "a" * 121}],
)  # fmt: skip
def test_what_is_wrong_with_a_reminder_is_said_and_nothing_is_kept(client, officer, offices, siti, wrong):
    client.force_login(officer(offices[0]))
    answer = client.post(reverse("messaging:reminder_new"), form(**wrong))
    assert answer.status_code == 422 and not Reminder.objects.exists()


def test_reminders_of_another_office_or_of_rooms_are_not_found(client, officer, offices, siti):
    other = made(siti, office="dukcapil")
    of_a_room = remind(
        key="document:x", kind="permit_end", about="x", due_on=tomorrow(), party_id=siti.party_id, office="dishub",
        now=timezone.now(),
    )
    client.force_login(officer(offices[0]))
    for row in (other, of_a_room):
        assert client.get(reverse("messaging:reminder", args=[row.pk])).status_code == 404
        assert client.post(reverse("messaging:reminder", args=[row.pk]), form()).status_code == 404
        assert client.post(reverse("messaging:reminder_cancel", args=[row.pk])).status_code == 404
    assert not Reminder.objects.exclude(ended_at=None).exists()


def test_the_key_of_another_officers_form_changes_nothing(client, officer, offices, siti):
    values = form(address="0812-0000-0001")
    client.force_login(officer(offices[0]))
    client.post(reverse("messaging:reminder_new"), values)
    client.force_login(officer(offices[1]))
    assert client.post(reverse("messaging:reminder_new"), values | {"office": "dukcapil", "text": "Lain"}).status_code == 404
    assert Reminder.objects.get().text == "Rapat kerja"


def test_a_person_sees_their_own_reminders_only(client, siti, django_user_model):
    made(siti)
    url = reverse("messaging:own_reminders")
    client.force_login(siti)
    assert "Ambil surat 1" in text(client.get(url))
    client.force_login(django_user_model.objects.create_user(username="lain@contoh.invalid", name="Lain"))
    assert "Ambil surat" not in text(client.get(url)) and "belum memastikan" in text(client.get(url))
