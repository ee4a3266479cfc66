"""Tests of lists of staff: what follows from each line, carried out line by line, nobody put out by oversight, nothing twice."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dgs.core.access import api, staff_lists
from dgs.core.access.actions.staffing import StaffFileDone, StaffFileOld, carry_out, take_list
from dgs.core.access.models import Grant, StaffFile
from dgs.core.accounts import api as accounts
from dgs.core.accounts.models import Invitation
from dgs.kernel.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)
NIPS = {name: f"19900101201501{n}00{n}" for n, name in enumerate(("lina", "veri", "kepala", "baru"), 1)}
HEAD = "NIP;Nama;Unit Kerja;Peran;Status;Surel\n"


def line(who, office="dishub", role="", status="Aktif", email="", name=None):
    return f"{NIPS.get(who, who)};{name or who.title() + ' Contoh'};{office};{role};{status};{email}\n"


@pytest.fixture
def people(roles, offices):
    def made(name, role, office):
        user = accounts.create_user(name=f"{name.title()} Contoh", email=f"{name}@contoh.test", nip=NIPS.get(name, ""), now=NOW)
        api.grant(user=user, role=role, office=offices[office], by=None, now=NOW)
        return user

    return {
        "lina": made("lina", "clerk", "dishub"), "veri": made("veri", "verifier", "terminal"),
        "kepala": made("kepala", "head", "dukcapil"), "giver": made("giver", "administrator", "pemerintah"),
    }


def take(people, *lines, is_whole=False, by="giver", now=NOW):
    return take_list(
        name="pegawai.csv", data=(HEAD + "".join(lines)).encode(), as_of=TODAY, is_whole=is_whole, by=people[by], now=now
    )


def do(people, file, *, by="giver", now=NOW):
    return carry_out(file_id=file.pk, chosen=set(range(len(file.lines))), by=people[by], now=now)


def kinds(file):
    return [(one["kind"], one["nip"]) for one in file.lines]


def test_who_joined_moved_and_left_is_told_apart_and_nothing_is_done_by_reading(people):
    file = take(
        people, line("lina"), line("veri", "dukcapil", "verifier"), line("kepala", "dukcapil", status="Pensiun"),
        line("baru", role="Petugas loket", email="baru@contoh.test"),
    )
    assert kinds(file) == [("mover", NIPS["veri"]), ("leaver", NIPS["kepala"]), ("joiner", NIPS["baru"])]
    assert file.outcome == {"lines": 4, "same": 1}
    assert Grant.objects.filter(ended_at=None).count() == 4 and not Invitation.objects.exists()


def test_carrying_it_out_invites_moves_and_closes(people, offices):
    file = do(people, take(
        people, line("veri", "dukcapil", "verifier"), line("kepala", "dukcapil", status="pensiun"),
        line("baru", role="clerk", email="baru@contoh.test"),
    ))
    assert file.outcome["done"] == {"moved": 1, "left": 1, "invited": 1} and file.outcome["refused"] == 0
    assert api.Access(people["veri"]).offices("cases.act") == {offices["dukcapil"].pk}
    people["kepala"].refresh_from_db()
    assert not people["kepala"].is_active and not api.Access(people["kepala"]).grants
    invited = Invitation.objects.get()
    assert (invited.email, invited.role, invited.office) == ("baru@contoh.test", "clerk", "dishub")
    with pytest.raises(StaffFileDone):
        do(people, file)
    with pytest.raises(StaffFileDone):
        take(people, line("veri", "dukcapil", "verifier"), line("kepala", "dukcapil", status="pensiun"),
             line("baru", role="clerk", email="baru@contoh.test"))


def test_a_role_for_an_office_above_fits_who_works_below_it(people):
    assert kinds(take(people, line("lina", "terminal"))) == []


def test_who_is_missing_from_a_whole_list_is_shown_and_others_are_left_alone(people):
    assert kinds(take(people, line("kepala", "dukcapil"))) == []
    file = take(people, line("lina", "dishub"), line("baru", "terminal", status="berhenti"), is_whole=True)
    assert kinds(file) == [("missing", NIPS["veri"])]
    do(people, file)
    people["veri"].refresh_from_db()
    assert not people["veri"].is_active
    people["kepala"].refresh_from_db()
    assert people["kepala"].is_active


@pytest.mark.parametrize(("text", "word"), [
    (line("123"), "18 angka"), (line("lina", "kantor pos"), "kantor pos"), (line("lina", status="libur"), "libur"),
    (line("lina", role="raja"), "raja"), (line("baru", role="clerk"), "surel"), (line("lina", name=" "), "ama"),
    (line("baru", role="clerk", email="lina@contoh.test"), "akun lain"),
])  # fmt: skip
def test_a_line_that_cannot_be_used_says_why_and_is_not_carried_out(people, text, word):
    file = take(people, text)
    assert file.lines[0]["kind"] == "wrong" and word in file.lines[0]["says"]
    assert do(people, file).outcome["done"] == {}


def test_the_second_line_of_one_person_is_not_used(people):
    assert [one["kind"] for one in take(people, line("veri", "dukcapil"), line("veri", "dishub")).lines] == ["mover", "wrong"]


def test_lines_about_other_offices_are_wrong_for_who_administers_one(people, admin):
    people["admin"] = admin
    file = take(people, line("kepala", "dukcapil", status="pensiun"), line("veri", status="pensiun"), by="admin")
    assert [one["kind"] for one in file.lines] == ["wrong", "leaver"]
    file = take(people, line("kepala", "dishub"), by="admin")
    assert [one["kind"] for one in file.lines] == ["wrong"], "the roles they hold elsewhere are not this administrator's to end"


@pytest.mark.parametrize("what", ["to come", "waiting", "ended", "none", "given since"])
def test_nobody_is_put_out_by_the_list_of_an_office_that_is_not_theirs(people, offices, admin, what):
    people["admin"] = admin
    victim = accounts.create_user(name="Baru Contoh", email="korban@contoh.test", nip=NIPS["baru"], now=NOW)
    if what in ("to come", "ended"):
        made = api.grant(user=victim, role="clerk", office=offices["dukcapil"], by=None, now=NOW,
                         valid_from=TODAY + timedelta(days=1 if what == "to come" else 0))
        if what == "ended":
            api.revoke(grant=made, by=people["giver"], now=NOW)
    elif what == "waiting":
        api.grant(user=victim, role="treasurer", office=offices["dukcapil"], by=people["giver"], now=NOW)
    file = take(people, line("baru", "dishub", status="pensiun"), by="admin")
    if what == "given since":
        api.grant(user=victim, role="clerk", office=offices["dukcapil"], by=None, now=NOW)
    done = do(people, file, by="admin")
    victim.refresh_from_db()
    assert victim.is_active and done.outcome["done"] == {}
    assert what in ("none", "ended") or victim.grants.get().ended_at is None


def test_a_nip_that_is_written_with_spaces_is_the_same(people):
    spaced = f"{NIPS['veri'][:8]} {NIPS['veri'][8:14]} {NIPS['veri'][14]} {NIPS['veri'][15:]}"
    assert kinds(take(people, line(spaced, "terminal", role="clerk", email="x@contoh.test"), is_whole=True)) == [
        ("mover", NIPS["veri"])
    ]
    lines = take(people, line(spaced, "dukcapil"), line("veri", "dukcapil")).lines
    assert [one["kind"] for one in lines] == ["mover", "wrong"]


def test_all_lines_that_a_page_shows_can_be_carried_out_at_once(people, client):
    from dgs.core.access.views.staff_lists import MOST_SHOWN

    file = take(people, *[line(f"1990010120150{n:05d}", role="clerk", email=f"b{n}@contoh.test") for n in range(MOST_SHOWN)])
    client.force_login(people["giver"])
    StaffFile.objects.filter(pk=file.pk).update(read_at=NOW - timedelta(days=2))
    fields = {"line": [str(n) for n in range(MOST_SHOWN)], "csrfmiddlewaretoken": "x", "mark": "x"}
    assert client.post(f"/akses/daftar-pegawai/{file.pk}", fields).status_code == 302


def test_one_line_that_is_refused_stops_no_other(people, offices):
    file = take(people, line("veri", "dukcapil", "verifier"), line("lina", status="pensiun"))
    api.grant(user=people["veri"], role="verifier", office=offices["dukcapil"], by=None, now=NOW)
    done = do(people, file)
    assert done.outcome["done"] == {"left": 1} and done.outcome["refused"] == 1
    assert "refused" in done.lines[0] and Grant.objects.filter(user=people["veri"], ended_at=None).count() == 2


def test_a_list_is_carried_out_by_who_brought_it_and_within_a_day(people, admin):
    people["admin"] = admin
    file = take(people, line("veri", "dukcapil"))
    with pytest.raises(NotFound):
        do(people, file, by="admin")
    with pytest.raises(StaffFileOld):
        do(people, file, now=NOW + timedelta(days=2))
    assert StaffFile.objects.get().done_at is None and Grant.objects.filter(ended_at=None).count() == 5


def test_nobody_leaves_by_their_own_list(people):
    people["giver"].nip = "199001012015019009"
    people["giver"].save()
    done = do(people, take(people, line("199001012015019009", "pemerintah", status="pensiun", name="Giver")))
    assert done.outcome["done"] == {} and people["giver"].grants.get().ended_at is None


@pytest.mark.parametrize("data", [
    b"", b"\xff\xfe\x00", b"nama;kantor\nx;y\n", HEAD.encode(), b"nip,nama,kantor,status\n\"x", b"PK\x03\x04\x00",
    (HEAD + line("lina") * 60_000).encode(),
])  # fmt: skip
def test_a_file_that_is_no_list_is_refused_in_words(people, data):
    with pytest.raises(InvalidInput):
        take_list(name="x.csv", data=data, as_of=TODAY, is_whole=False, by=people["giver"], now=NOW)
    assert not StaffFile.objects.exists()


def test_a_list_of_thousands_costs_no_query_a_line(people, django_assert_max_num_queries):
    rows = staff_lists.read((HEAD + "".join(line(f"1990010120150{n:05d}") for n in range(5000))).encode())
    with django_assert_max_num_queries(8):
        staff_lists.judge(rows, is_whole=True, as_of=TODAY, reach=None)


def test_the_pages_take_a_list_and_carry_out_what_is_chosen(people, client):
    client.force_login(people["giver"])
    data = (HEAD + line("veri", "dukcapil", "verifier") + line("lina", status="pensiun")).encode()
    sent = SimpleUploadedFile("pegawai.csv", data, content_type="text/csv")
    answer = client.post("/akses/daftar-pegawai", {"file": sent, "as_of": str(TODAY)})
    address = answer["Location"]
    assert "Veri Contoh" in client.get(address).content.decode()
    client.post(address, {"line": ["0", "99", "x"]})
    assert api.Access(people["lina"]).allows("cases.act") and StaffFile.objects.get().outcome["done"] == {"moved": 1}
    wrong = {"file": SimpleUploadedFile("x.csv", b"x"), "as_of": str(TODAY)}
    assert client.post("/akses/daftar-pegawai", wrong).status_code == 422


def test_the_list_of_somebody_else_is_not_found(people, client, admin):
    file = take(people, line("lina", status="pensiun"))
    client.force_login(admin)
    assert client.get(f"/akses/daftar-pegawai/{file.pk}").status_code == 404
    assert client.post(f"/akses/daftar-pegawai/{file.pk}", {"line": ["0"]}).status_code == 404
