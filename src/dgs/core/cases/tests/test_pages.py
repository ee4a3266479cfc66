"""Every page of the room as everybody: who enters, what a stranger learns, what is not lost; no rules are tested here."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dgs.core.access.api import Access
from dgs.core.cases import api as cases
from dgs.core.cases.models import Case, CaseEvent, Draft
from dgs.core.cases.tests.conftest import answers_of, upload
from dgs.core.cases.tests.test_transitions import another_verifier
from dgs.kernel import codes

WHO = ("anonymous", "siti", "budi", "loket", "verifikator", "kepala.ptsp", "verifikator.capil", "kepala.capil",
       "penelaah.dishub", "kepala.dishub", "bendahara", "pimpinan", "admin", "auditor")  # fmt: skip
SIGN_IN = 302


def all_but(default, **some):
    found = dict.fromkeys(WHO, default) | {"anonymous": SIGN_IN}
    return found | {key.replace("_", "."): status for key, status in some.items()}


STAFF_OF_DESK = {"loket": 200, "verifikator": 200, "kepala_ptsp": 200, "verifikator_capil": 200, "kepala_capil": 200,
                     "penelaah_dishub": 200, "kepala_dishub": 200}  # fmt: skip
ELSEWHERE = {"loket": 404, "verifikator": 404, "kepala_ptsp": 404, "penelaah_dishub": 404, "kepala_dishub": 404}
OF_CASE = all_but(403, **ELSEWHERE, verifikator_capil=200, kepala_capil=200)
PAGES = {
    "start": all_but(409, siti=200, budi=200),
    "mine": all_but(200),
    "step": all_but(404, siti=200),
    "check": all_but(404, siti=200),
    "mine_detail": all_but(404, siti=200),
    "correct": all_but(404, siti=302),
    "track": all_but(200, anonymous=200),
    "desk": all_but(403, **STAFF_OF_DESK),
    "counter": all_but(403, loket=200),
    "reports": all_but(403, **STAFF_OF_DESK),
    "case": OF_CASE,
    "receipt": OF_CASE,
    "receipt_qr": OF_CASE,
    "act": all_but(403, **ELSEWHERE, verifikator_capil=200, kepala_capil=302),
}
POSTS = {
    "discard": all_but(404, siti=302),
    "applicant_act": all_but(404, siti=302),
    "bulk": all_but(403, **dict.fromkeys(STAFF_OF_DESK, 302)),
    "claim": all_but(403, **ELSEWHERE, verifikator_capil=302, kepala_capil=302),
    "report_answer": all_but(403, **dict.fromkeys(STAFF_OF_DESK, 404)),
    "note": all_but(403, **ELSEWHERE, verifikator_capil=302, kepala_capil=302),
}


def test_every_address_of_the_room_is_in_this_matrix():
    from dgs.core.cases.urls import urlpatterns

    assert {pattern.name for pattern in urlpatterns} == set(PAGES) | set(POSTS)


@pytest.fixture
def addresses(live):
    case, draft = live.make("akta-kelahiran"), live.draft()
    args = {
        "start": ["akta-kelahiran"], "mine": [], "track": [], "desk": [], "counter": [], "bulk": [],
        "reports": [], "report_answer": [0],
        "step": [draft.pk, "reporter"], "check": [draft.pk], "discard": [draft.pk],
        "act": [case.reference, "accept"], "applicant_act": [case.reference, "withdraw"],
    }  # fmt: skip
    return {name: reverse(f"cases:{name}", args=args.get(name, [case.reference])) for name in (*PAGES, *POSTS)}


@pytest.fixture
def browsers(sign_in, live, client):
    from django.contrib.auth import get_user_model

    def browser(who):
        return client if who == "anonymous" else sign_in(get_user_model().objects.get(username=f"{who}@dgs.example"))

    return browser


@pytest.mark.parametrize("who", WHO)
def test_every_page_opens_for_whom_it_is_meant_and_for_nobody_else(browsers, addresses, who):
    browser = browsers(who)
    given = {name: browser.get(addresses[name]).status_code for name in PAGES}
    assert given == {name: expected[who] for name, expected in PAGES.items()}
    for name in POSTS:
        assert browser.get(addresses[name]).status_code in (SIGN_IN, 403, 405)


@pytest.mark.parametrize("who", WHO)
def test_every_change_is_open_to_whom_it_is_meant_and_to_nobody_else(browsers, addresses, who):
    browser = browsers(who)
    given = {}
    for name in sorted(POSTS):
        events = CaseEvent.objects.count()
        given[name] = browser.post(addresses[name], {"text": "Catatan."}).status_code
        if given[name] in (403, 404) or who == "anonymous":
            assert CaseEvent.objects.count() == events
    assert given == {name: expected[who] for name, expected in POSTS.items()}


@pytest.mark.parametrize("reference", ["0000-0000-0000", "ABC", "%00", "😀", "1' OR '1'='1", "x" * 500])
def test_a_reference_that_is_none_is_not_found(sign_in, live, reference):
    for user, names in ((live.siti, ["mine_detail", "correct"]), (live.users("clerk")[0], ["case", "receipt", "receipt_qr"])):
        browser = sign_in(user)
        for name in names:
            address = reverse(f"cases:{name}", args=["REF"]).replace("REF", reference)
            assert browser.get(address).status_code == 404, address
    clerk = sign_in(live.users("clerk")[0])
    for name, args in (("claim", []), ("note", []), ("act", ["accept"])):
        address = reverse(f"cases:{name}", args=["REF", *args]).replace("REF", reference)
        assert clerk.post(address, {"text": "x"}).status_code == 404, address


def test_a_reference_in_small_letters_or_without_hyphens_finds_the_same_page(sign_in, live):
    case = live.make()
    browser = sign_in(live.siti)
    for typed in (case.reference.lower(), case.reference.replace("-", "")):
        assert browser.get(reverse("cases:mine_detail", args=[typed])).status_code == 200


# --- signing in on the way ------------------------------------------------------------------------------------------

def test_a_session_that_ended_in_the_middle_of_a_form_leads_back_to_it(sign_in, live, client):
    draft = live.draft()
    address = reverse("cases:step", args=[draft.pk, "reporter"])
    answer = client.post(address, {"relation": "mother"})
    assert answer.status_code == 302
    assert answer.url.endswith(f"?next={address}")
    page = client.get(answer.url)
    assert address in page.content.decode()


def test_every_change_needs_the_token_of_the_page(sign_in, live):
    case, draft = live.make(), live.draft()
    browser = sign_in(live.siti, enforce_csrf_checks=True)
    before = Draft.objects.values().get(pk=draft.pk)
    for name, args in (("start", ["akta-kelahiran"]), ("step", [draft.pk, "reporter"]), ("check", [draft.pk]),
                       ("discard", [draft.pk]), ("applicant_act", [case.reference, "withdraw"]),
                       ("correct", [case.reference]), ("track", [])):  # fmt: skip
        answer = browser.post(reverse(f"cases:{name}", args=args), {"relation": "mother"})
        assert answer.status_code == 403, name
    officer = sign_in(live.users("verifier", kind="civil-registration")[0], enforce_csrf_checks=True)
    for name, args in (("claim", [case.reference]), ("note", [case.reference]), ("bulk", []),
                       ("act", [case.reference, "refuse"])):  # fmt: skip
        assert officer.post(reverse(f"cases:{name}", args=args), {"note": "x"}).status_code == 403, name
    assert Draft.objects.values().get(pk=draft.pk) == before
    assert Case.objects.get().seq == 1


# --- filling in -----------------------------------------------------------------------------------------------------

def fill(browser, live, slug="akta-kelahiran"):
    """The whole form by its pages; answers the address of the last page and its answer."""
    values = live.values(slug, owner=live.siti, files=False)
    answer = browser.post(reverse("cases:start", args=[slug]), {"applicant": "person"})
    while not answer.url.endswith("/periksa"):
        step = live.definition(slug).form.step(answer.url.rsplit("/", 1)[-1])
        raw, files = answers_of(step, values)
        saved = re.search(r'name="saved" value="(\d+)"', browser.get(answer.url).content.decode())[1]
        address = answer.url
        answer = browser.post(address, raw | {"saved": saved} | files)
        assert answer.status_code == 302, (address, answer.content.decode()[:2000])
    return answer.url


def test_a_citizen_fills_in_page_by_page_and_sends(sign_in, live):
    browser = sign_in(live.siti)
    check = fill(browser, live)
    page = browser.get(check).content.decode()
    assert "Putri Contoh Percobaan" in page and "1607015503909002" not in page
    answer = browser.post(check, {"consent": "yes"})
    case = Case.objects.get()
    assert answer.url.startswith(reverse("cases:mine_detail", args=[case.reference]))
    assert case.reference in browser.get(answer.url).content.decode()
    # Back and once more: the same application, no error.
    assert browser.post(check, {"consent": "yes"}).url.startswith(reverse("cases:mine_detail", args=[case.reference]))
    assert browser.get(check).status_code == 302
    step = check.replace("periksa", "child")
    assert browser.post(step, {"child_name": "Lain"}).status_code == 302
    assert Case.objects.count() == 1


def test_a_page_out_of_date_shows_what_was_typed_and_asks_to_save_again(sign_in, live):
    browser, draft = sign_in(live.siti), live.draft()
    address = reverse("cases:step", args=[draft.pk, "child"])
    browser.post(address, {"child_name": "Putri Satu", "saved": "0", "_later": "1"})
    raw, _files = answers_of(live.definition("akta-kelahiran").form.step("child"), live.values("akta-kelahiran", owner=live.siti))
    assert browser.post(address, raw | {"saved": "0"}).status_code == 302
    answer = browser.post(address, raw | {"child_name": "Putri Tertinggal", "saved": "0"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Halaman ini baru saja disimpan dari jendela atau perangkat lain" in page
    assert 'value="Putri Tertinggal"' in page and 'name="saved" value="1"' in page
    assert browser.post(address, raw | {"child_name": "Putri Tertinggal", "saved": "1"}).status_code == 302


@pytest.mark.parametrize("saved", ["9" * 5000, "-1", "", "x"])
def test_a_number_that_no_page_of_ours_carries_counts_as_out_of_date(sign_in, live, saved):
    draft = live.draft()
    before = Draft.objects.values().get(pk=draft.pk)
    address = reverse("cases:step", args=[draft.pk, "child"])
    answer = sign_in(live.siti).post(address, {"child_name": "Putri Tertinggal", "saved": saved})
    assert answer.status_code == 409 and 'value="Putri Tertinggal"' in answer.content.decode()
    assert Draft.objects.values().get(pk=draft.pk) == before


def test_a_page_that_is_asked_no_more_says_that_nothing_of_it_was_saved(sign_in, live, monkeypatch):
    browser, draft = sign_in(live.siti), live.draft()
    before = Draft.objects.values().get(pk=draft.pk)
    address, check = reverse("cases:step", args=[draft.pk, "child"]), reverse("cases:check", args=[draft.pk])
    with monkeypatch.context() as other_answers:
        other_answers.setattr("dgs.core.services.api.visible_steps", lambda form, context: [])
        assert browser.post(address, {"child_name": "Putri Sia-sia", "saved": "0"}).url == check
    assert "halaman ini tidak diperlukan lagi" in browser.get(check).content.decode()
    assert Draft.objects.values().get(pk=draft.pk) == before


def test_the_check_page_names_each_missing_answer_and_leads_to_its_page(sign_in, live):
    browser, draft = sign_in(live.siti), live.draft()
    page = browser.get(reverse("cases:check", args=[draft.pk])).content.decode()
    assert f"{reverse('cases:step', args=[draft.pk, 'child'])}?from=check#child_name" in page
    answer = browser.post(reverse("cases:check", args=[draft.pk]), {"consent": "yes"})
    assert answer.status_code == 422 and Case.objects.count() == 0


def test_the_check_page_shows_exactly_what_will_be_sent(sign_in, live):
    browser, draft = sign_in(live.siti), live.full_draft()
    page = browser.get(reverse("cases:check", args=[draft.pk])).content.decode()
    shown = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)", page))
    assert shown["Nama ibu"].strip() == "Siti Contohwati"
    assert shown["Nama ayah"].strip() == "Budi Percobaan"
    assert browser.post(reverse("cases:check", args=[draft.pk]), {"consent": "yes"}).status_code == 302
    sent = Case.objects.get().data
    assert (sent["mother_name"], sent["father_name"]) == ("Siti Contohwati", "Budi Percobaan")


def test_asking_to_see_dependent_questions_saves_nothing(sign_in, live):
    browser, draft = sign_in(live.siti), live.draft()
    address = reverse("cases:step", args=[draft.pk, "child"])
    page = browser.post(address, {"_peek": "1", "birth_facility": "hospital"}).content.decode()
    assert 'name="facility_name"' in page
    assert Draft.objects.get(pk=draft.pk).data == {}


# --- tracking -------------------------------------------------------------------------------------------------------

@pytest.fixture
def four(live):
    from dgs.core.parties import api as parties

    return parties.nik_of(live.siti.party.person, by=live.siti, purpose="test", now=live.now)[-4:]


def track(client, reference, digits):
    return client.post(reverse("cases:track"), {"reference": reference, "four": digits})


def test_anybody_with_reference_and_four_digits_sees_where_a_case_is_and_nothing_personal(client, live, four):
    case = live.make()
    live.act(case, "correct", marks={"child_name": "Nama Putri tidak sama."})
    for typed in (case.reference, case.reference.lower(), case.reference.replace("-", " ")):
        answer = track(client, typed, four)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Ada yang perlu Anda perbaiki" in page
        for personal in ("Siti", "Contohwati", "Putri", "Catur", "16071", "81290000001", "Jalan Contoh", "tidak sama"):
            assert personal not in page, personal


def test_wrong_digits_and_an_unknown_reference_get_the_same_answer(client, live, four):
    case = live.make()
    wrong = track(client, case.reference, "0000" if four != "0000" else "1111")
    unknown = track(client, codes.new_code(12), four)
    sentence = "Tidak ada permohonan dengan nomor dan empat angka ini"
    for answer in (wrong, unknown):
        assert answer.status_code == 404
        assert "timeline" not in answer.content.decode()
    strip = lambda page: re.sub(r'value="[^"]*"', "", page.content.decode())  # noqa: E731
    assert strip(wrong) == strip(unknown), sentence


@pytest.mark.parametrize("typed", ["7K3F-92MX-4ACA", "sembarang", "😀😀😀", "\x00", "1" * 5000])
def test_what_is_no_reference_is_said_to_be_none(client, live, typed):
    answer = track(client, typed, "1234")
    assert answer.status_code == 404
    assert "Nomor permohonan ini keliru" in answer.content.decode()


def test_guessing_digits_is_stopped(client, live, four):
    case = live.make()
    wrong = [track(client, case.reference, f"{n:04}").status_code for n in range(1000, 1013)]
    assert wrong[:10] == [404] * 10 and set(wrong[10:]) == {429}
    answer = track(client, case.reference, four)
    assert answer.status_code == 429
    assert "Terlalu banyak percobaan" in answer.content.decode()


def test_guessing_references_is_stopped_by_address(client, live):
    given = [track(client, codes.new_code(12), "1234").status_code for _n in range(22)]
    assert given == [404] * 20 + [429] * 2


def test_four_digits_in_the_address_are_not_taken(client, live, four):
    case = live.make()
    page = client.get(reverse("cases:track"), {"reference": case.reference, "four": four}).content.decode()
    assert "timeline" not in page and case.reference in page


# --- the desk -------------------------------------------------------------------------------------------------------

def test_an_act_by_its_page_moves_the_case_and_a_second_officer_is_told(sign_in, live, users):
    case = live.make("izin-trayek")
    first = live.officer(case)
    second = another_verifier(users, first)
    address = reverse("cases:act", args=[case.reference, "accept"])
    seq = re.search(r'name="seq" value="(\d+)"', sign_in(second).get(address).content.decode())[1]
    assert sign_in(first).post(address, {"seq": seq}).status_code == 302
    answer = sign_in(second).post(address, {"seq": seq}, follow=True)
    assert first.name in answer.content.decode()
    assert case.events.filter(kind="action").count() == 1


def test_a_refused_act_shows_what_was_typed_again(sign_in, live):
    case = live.run(live.make("izin-trayek"), "accept")
    browser = sign_in(live.officer(case))
    address = reverse("cases:act", args=[case.reference, "advise"])
    answer = browser.post(address, {"seq": case.seq, "advice_number": "551/9/X", "load_factor": "999"})
    assert answer.status_code == 422
    assert "551/9/X" in answer.content.decode() and "999" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == "technical_review" and case.findings == {}


def test_the_marks_on_the_page_become_one_notice_and_the_applicant_sees_only_those(sign_in, live):
    case = live.make()
    officer = sign_in(live.officer(case))
    address = reverse("cases:act", args=[case.reference, "correct"])
    assert officer.post(address, {"seq": case.seq}).status_code == 422
    marks = {"mark-child_name": "1", "why-child_name": "Ejaan berbeda.", "mark-birth_letter": "1"}
    assert officer.post(address, marks | {"seq": case.seq}).status_code == 302
    browser = sign_in(live.siti)
    address = reverse("cases:correct", args=[case.reference])
    page = browser.get(address).content.decode()
    assert 'name="child_name"' in page and "Ejaan berbeda." in page and 'name="birth_weight"' not in page
    kept = re.search(r'name="birth_letter-kept" value="([^"]+)"', page)[1]
    seq = re.search(r'name="seq" value="(\d+)"', page)[1]
    answer = browser.post(address, {"seq": seq, "sent": "1", "child_name": "P", "birth_letter-kept": kept})
    assert answer.status_code == 422 and Case.objects.get().state == "correction"
    sent = {"seq": seq, "sent": "1", "child_name": "Putri Contoh Betul", "birth_weight": "7", "birth_letter-kept": kept,
            "birth_letter": upload("baru.pdf")}  # fmt: skip
    assert browser.post(address, sent).status_code == 302
    case.refresh_from_db()
    assert case.state == "check" and case.data["child_name"] == "Putri Contoh Betul"
    assert case.data["birth_weight"] == "3.2" and len(case.data["birth_letter"]) == 2


def test_mending_an_answer_asks_what_follows_from_it(sign_in, live):
    case = live.make("akta-kelahiran")
    live.act(case, "correct", marks={"marital_status": "Buku nikah tidak tercatat."})
    browser = sign_in(live.siti)
    address = reverse("cases:correct", args=[case.reference])
    case.refresh_from_db()
    base = {"seq": case.seq, "sent": "1", "marital_status": "unregistered"}
    answer = browser.post(address, base)
    assert answer.status_code == 422 and 'name="couple_declaration"' in answer.content.decode()
    assert Case.objects.get().state == "correction"
    assert browser.post(address, base | {"couple_declaration": upload("sptjm.pdf")}).status_code == 302
    case.refresh_from_db()
    assert case.data["marital_status"] == "unregistered" and len(case.data["couple_declaration"]) == 1
    assert "marriage_document" not in case.data


def test_sending_back_without_the_page_of_mending_is_not_possible(sign_in, live):
    case = live.make()
    live.act(case, "correct", marks={"child_name": "Periksa."})
    answer = sign_in(live.siti).post(reverse("cases:applicant_act", args=[case.reference, "resubmit"]), {})
    assert answer.status_code == 409
    assert Case.objects.get().state == "correction"


def test_bulk_work_claims_and_signs_and_names_what_could_not_be_done(sign_in, live, users):
    mine = [live.make("izin-trayek") for _n in range(3)]
    officer = live.officer(mine[0])
    other = another_verifier(users, officer)
    cases.claim(reference=mine[2].reference, by=other, access=Access(other), now=live.now)
    browser = sign_in(officer)
    answer = browser.post(reverse("cases:bulk"), {"case": [c.reference for c in mine] + ["x\x00"], "act": "claim"}, follow=True)
    assert other.name in answer.content.decode()
    assert Case.objects.filter(claimed_by=officer).count() == 2
    browser.post(reverse("cases:bulk"), {"case": [c.reference for c in mine], "act": "accept"})
    assert Case.objects.filter(state="technical_review").count() == 2
    assert browser.post(reverse("cases:bulk"), {"case": [mine[2].reference], "act": "refuse"}).status_code == 302
    assert Case.objects.get(pk=mine[2].pk).state == "check"


# --- the counter ----------------------------------------------------------------------------------------------------

NEW = {"nik": "1607104507909041", "name": "Rina Umpamawati", "address": "Jalan Umpama 4", "service": "akta-kelahiran"}


def test_a_clerk_enters_an_application_for_somebody_without_account(sign_in, live):
    browser = sign_in(live.users("clerk")[0])
    found = browser.post(reverse("cases:counter"), {"nik": NEW["nik"], "_find": "1"})
    assert found.status_code == 200 and "belum ada" in found.content.decode().lower()
    assert Draft.objects.count() == 0
    assert browser.post(reverse("cases:counter"), NEW).status_code == 302
    draft = Draft.objects.get()
    assert (draft.channel, draft.applicant.name) == ("counter", "Rina Umpamawati")


def test_a_known_person_is_found_and_the_look_is_on_record(sign_in, live, four):
    from dgs.core.audit.models import AuditRow
    from dgs.core.parties import api as parties

    nik = parties.nik_of(live.siti.party.person, by=live.siti, purpose="test", now=live.now)
    browser = sign_in(live.users("clerk")[0])
    assert "Siti Contohwati" in browser.post(reverse("cases:counter"), {"nik": nik, "_find": "1"}).content.decode()
    assert AuditRow.objects.filter(purpose="counter", person=live.siti.party_id).count() == 1
    # An address with a NIK would stay in logs.
    assert "Siti Contohwati" not in browser.get(reverse("cases:counter"), {"nik": nik}).content.decode()


@pytest.mark.parametrize(("change", "status"), [
    ({"service": ""}, 422), ({"service": "tidak-ada"}, 422), ({"nik": "123"}, 422), ({"name": ""}, 422),
    ({"service": "izin-trayek"}, 403), ({"name": "\x00"}, 422), ({"nik": ""}, 422),
])  # fmt: skip
def test_what_cannot_be_begun_at_the_counter_leaves_nobody_half_entered(sign_in, live, change, status):
    from dgs.core.parties.models import Party

    before = Party.objects.count()
    answer = sign_in(live.users("clerk")[0]).post(reverse("cases:counter"), NEW | change)
    assert answer.status_code == status
    assert (Party.objects.count(), Draft.objects.count()) == (before, 0)


# --- cost -----------------------------------------------------------------------------------------------------------

def many(live, count):
    for _n in range(count):
        live.make("izin-trayek")


@pytest.mark.parametrize("rows", [10, 50])
def test_a_page_costs_the_same_with_many_rows(sign_in, live, assert_queries, client, four, rows):
    from django.conf import settings

    many(live, rows)
    case = live.make("izin-trayek")
    officer = sign_in(live.officer(case))
    browser = sign_in(live.budi)
    nik = four_of(live, live.budi)
    pages = {
        "cases:desk": lambda: officer.get(reverse("cases:desk")),
        "cases:case": lambda: officer.get(reverse("cases:case", args=[case.reference])),
        "cases:mine": lambda: browser.get(reverse("cases:mine")),
        "cases:mine_detail": lambda: browser.get(reverse("cases:mine_detail", args=[case.reference])),
        "cases:track": lambda: track(client, case.reference, nik),
    }
    for name, visit in pages.items():
        assert visit().status_code == 200  # definitions are read once per process
        with assert_queries(name, 50):
            visit()
    assert settings.REGION == "banyuasin"


def four_of(live, user):
    from dgs.core.parties import api as parties

    return parties.nik_of(user.party.person, by=user, purpose="test", now=live.now)[-4:]


@pytest.mark.parametrize("query", [
    "box=office&q=%00", "q=" + "x" * 9000, "since=0001-01-01", "until=9999-12-31", "since=2026-99-99", "page=-1",
    "page=999999999999999999999", "box=tidak-ada", "service=%F0%9F%98%80", "office='--", "q=%26%7C%21%28", "q=:*",
    "state=" + "a" * 3000, "q=" + "a+" * 60,
])  # fmt: skip
@pytest.mark.parametrize("box", ["office", "all", "closed"])
def test_any_query_string_is_answered_by_the_desk(sign_in, live, query, box):
    live.make("izin-trayek")
    browser = sign_in(live.users("verifier", kind="one-stop")[0])
    assert browser.get(f"{reverse('cases:desk')}?box={box}&{query}").status_code == 200


def test_the_desk_shows_the_late_ones_first_and_finds_by_name_and_reference(sign_in, live):
    late = live.make("izin-trayek", now=live.now - timedelta(days=40))
    new = live.make("izin-trayek")
    browser = sign_in(live.officer(new))
    page = browser.get(reverse("cases:desk")).content.decode()
    assert page.index(late.reference) < page.index(new.reference)
    for q, found in ((new.reference.lower(), [new]), ("angkutan contoh", [late, new]), ("tak ada orangnya", [])):
        page = browser.get(reverse("cases:desk"), {"q": q}).content.decode()
        assert [c for c in (late, new) if c.reference in page] == found, q
    assert timezone.localdate() >= late.due_on


def test_a_search_that_finds_more_than_is_counted_says_that_it_is_a_cut(sign_in, live, monkeypatch):
    from dgs.core.cases import queries

    made = [live.make("akta-kelahiran") for _n in range(4)]
    officer = sign_in(live.officer(made[0]))
    word = made[0].title.split()[0]
    whole = officer.get(reverse("cases:desk"), {"box": "all", "q": word}).content.decode()
    assert all(case.reference in whole for case in made) and "belum tentu tampil" not in whole
    monkeypatch.setattr(queries, "COUNT_LIMIT", 2)
    made.append(live.make("akta-kelahiran"))
    part = officer.get(reverse("cases:desk"), {"box": "all", "q": word}).content.decode()
    assert "Lebih dari 2 berkas cocok" in part and sum(case.reference in part for case in made) == 3
