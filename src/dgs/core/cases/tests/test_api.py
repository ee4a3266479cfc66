"""The API of cases: create, follow, and refuse with problem details; what rules say is tested beside."""

import json

import pytest
from tests.fixtures import QUERY_COUNTS

from dgs.core.accounts import api as accounts
from dgs.core.cases.actions import submission
from dgs.core.cases.models import Case
from dgs.core.cases.tests.conftest import upload
from dgs.core.cases.tests.test_transitions import at_once


@pytest.fixture
def caller(client, live):
    """Requests of somebody with a token: `caller(live.siti).post("cases", {...})`."""

    class Caller:
        def __init__(self, user=None, secret=None):
            self.secret = secret or (user and accounts.new_token(user, "uji", live.now, days=1))

        def headers(self, more):
            return {"HTTP_AUTHORIZATION": f"Bearer {self.secret}"} | more

        def get(self, path):
            return client.get(f"/api/v1/{path}", **self.headers({}))

        def post(self, path, body, **more):
            text = body if isinstance(body, str | bytes) else json.dumps(body)
            return client.post(f"/api/v1/{path}", text, content_type="application/json", **self.headers(more))

        def upload(self, *args):
            return client.post("/api/v1/files", {"file": upload(*args)}, **self.headers({}))

    return Caller


def answers(live, browser):
    values = live.values("akta-kelahiran", owner=live.siti, files=False)
    for key in ("birth_letter", "marriage_document"):
        values[key] = [browser.upload().json()["id"]]
    return values


def problem(answer, status, code):
    assert answer.status_code == status, answer.content.decode()[:500]
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code) and body["title"]
    return {item["path"]: item["messages"] for item in body.get("errors", [])}


def test_an_application_is_sent_and_followed(live, caller):
    browser = caller(live.siti)
    body = {"service": "akta-kelahiran", "values": answers(live, browser), "consent": True}
    answer = browser.post("cases", body)
    assert answer.status_code == 201, answer.content
    case = Case.objects.get()
    assert (case.channel, case.applicant) == ("api", live.siti.party)
    assert answer.json()["reference"] == case.reference
    found = browser.get(f"cases/{case.reference.lower()}")
    assert found.status_code == 200 and found.json()["state"] == "check"
    assert [c["reference"] for c in browser.get("cases").json()] == [case.reference]
    text = json.dumps(found.json())
    assert "16070" not in text and "Catur" not in text


def test_the_same_key_twice_is_one_application(live, caller):
    browser = caller(live.siti)
    body = {"service": "akta-kelahiran", "values": answers(live, browser), "consent": True}
    first = browser.post("cases", body, HTTP_IDEMPOTENCY_KEY="kunci-1")
    second = browser.post("cases", body, HTTP_IDEMPOTENCY_KEY="kunci-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["reference"] == second.json()["reference"]
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_one_application(live, caller):
    browser = caller(live.siti)
    body = {"service": "akta-kelahiran", "values": answers(live, browser), "consent": True}
    results = at_once(*[lambda: browser.post("cases", body, HTTP_IDEMPOTENCY_KEY="kunci-2")] * 3)
    assert sorted(r.status_code for r in results) == [200, 200, 201], [r.content[:300] for r in results]
    assert len({r.json()["reference"] for r in results}) == 1 == Case.objects.count()


def test_the_files_of_the_same_key_taken_meanwhile_are_one_application(live, caller, monkeypatch):
    browser = caller(live.siti)
    body = {"service": "akta-kelahiran", "values": answers(live, browser), "consent": True}
    real, first = submission.with_files, []

    def slow(*args, **kwargs):
        if not first:
            first.append(None)
            first[0] = browser.post("cases", body, HTTP_IDEMPOTENCY_KEY="kunci-3")
        return real(*args, **kwargs)

    monkeypatch.setattr(submission, "with_files", slow)
    second = browser.post("cases", body, HTTP_IDEMPOTENCY_KEY="kunci-3")
    assert (first[0].status_code, second.status_code) == (201, 200), second.content
    assert Case.objects.count() == 1


def test_errors_name_the_field(live, caller, rows):
    browser = caller(live.siti)
    values = answers(live, browser) | {"child_name": "A", "witnesses": [{"name": "Rina", "nik": "123"}], "no_such": 1}
    before = rows()
    found = problem(browser.post("cases", {"service": "akta-kelahiran", "values": values, "consent": True}), 422, "invalid-input")
    assert {"child_name", "no_such"} <= set(found) and any("nik" in path for path in found), found
    assert rows() == before


def test_consent_service_and_business_are_checked(live, caller):
    browser = caller(live.siti)
    values = {"child_name": "x"}
    found = problem(browser.post("cases", {"service": "akta-kelahiran", "values": values}), 422, "consent-missing")
    assert found == {"consent": ["Centang pernyataan terlebih dahulu sebelum mengirim permohonan."]}
    found = problem(browser.post("cases", {"service": "tak\x00ada", "values": values, "consent": True}), 422, "invalid-input")
    assert found == {"service": ["Tidak ada layanan dengan nama itu."]}
    body = {"service": "izin-trayek", "values": values, "consent": True, "business": "9120000000901"}
    found = problem(browser.post("cases", body), 422, "invalid-input")
    assert found == {"business": ["Anda tidak mewakili badan usaha dengan NIB ini."]}
    assert Case.objects.count() == 0


@pytest.mark.parametrize("body", ["{", "[]", '{"service": 1}', "\x00", '{"service":"akta-kelahiran","values":[]}', "9" * 5000])
def test_a_request_of_another_shape_is_refused_as_such(live, caller, body):
    answer = caller(live.siti).post("cases", body)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert Case.objects.count() == 0


def test_strange_values_are_errors_of_their_fields(live, caller, rows):
    browser = caller(live.siti)
    good = answers(live, browser)
    before = rows()
    for field, value in (("child_name", {"a": 1}), ("child_order", 10**400), ("birth_weight", [1]), ("birth_letter", "x"),
                         ("witnesses", "x"), ("witnesses", [1]), ("birth_date", True), ("birth_letter", [{"id": "x"}]),
                         ("facility_name", "\x00"), ("birth_region", {"text": "\x00"})):  # fmt: skip
        answer = browser.post("cases", {"service": "akta-kelahiran", "values": good | {field: value}, "consent": True})
        found = problem(answer, 422, "invalid-input")
        assert any(path.startswith(field) for path in found), (field, value, found)
    assert rows() == before


def test_files_of_others_and_files_used_before_are_refused(live, caller, rows):
    mine, other = caller(live.siti), caller(live.budi)
    values = answers(live, mine)
    strange = other.upload().json()
    for given in ([strange["id"]], [strange], ["kosong"], [str(live.siti.pk)]):
        before = rows()
        body = {"service": "akta-kelahiran", "values": values | {"birth_letter": given}, "consent": True}
        assert "birth_letter" in problem(mine.post("cases", body), 422, "invalid-input")
        assert rows() == before
    body = {"service": "akta-kelahiran", "values": values, "consent": True}
    assert mine.post("cases", body).status_code == 201
    assert {"birth_letter"} <= set(problem(mine.post("cases", body), 422, "invalid-input"))
    assert Case.objects.count() == 1


def test_another_persons_reference_is_answered_as_if_it_did_not_exist(live, caller):
    case = live.make()
    browser = caller(live.budi)
    problem(browser.get(f"cases/{case.reference}"), 404, "not-found")
    problem(browser.get("cases/0000-0000-0000"), 404, "not-found")
    problem(browser.get("cases/%00"), 404, "not-found")
    assert browser.get("cases").json() == []


def test_without_a_valid_token_nothing_is_answered(live, caller, client):
    from dgs.core.accounts.models import ApiToken

    case = live.make()
    assert client.get(f"/api/v1/cases/{case.reference}").status_code == 401
    problem(caller(secret="salah").get("cases"), 401, "unauthorised")
    browser = caller(live.siti)
    assert browser.get("cases").status_code == 200
    token = ApiToken.objects.get()
    accounts.end_token(token_id=token.pk, user=live.siti, by=live.siti, now=live.now)
    problem(browser.get("cases"), 401, "unauthorised")


def test_a_member_of_staff_without_a_person_record_has_no_applications(live, caller):
    browser = caller(live.users("clerk")[0])
    assert browser.get("cases").json() == []
    body = {"service": "akta-kelahiran", "values": {}, "consent": True}
    problem(browser.post("cases", body), 409, "no-person")


def test_a_bad_file_is_a_problem_in_words(live, caller):
    found = caller(live.siti).upload("rusak.pdf", b"bukan pdf")
    assert found.status_code == 422
    assert found["Content-Type"] == "application/problem+json" and found.json()["title"]


@pytest.mark.parametrize(("language", "missing", "title", "shape"), [
    ("id", "Tidak ada apa pun di alamat ini.", "Bentuk permintaan tidak sesuai dengan dokumentasi.", "Ini harus diisi."),
    ("en", "There is nothing at this address.", "The request does not have the documented shape.", "This has to be given."),
])  # fmt: skip
def test_errors_of_the_api_are_in_the_language_that_was_asked_for(live, caller, language, missing, title, shape):
    browser, asked = caller(live.siti), {"HTTP_ACCEPT_LANGUAGE": language}
    answer = browser.post("cases", {"values": {}}, **asked)
    assert problem(answer, 422, "malformed") == {"service": [shape]} and answer.json()["title"] == title
    for path in ("tidak-ada", "cases/0000-0000-0000/x"):
        answer = browser.post(path, {}, **asked)
        problem(answer, 404, "not-found")
        assert answer.json()["title"] == missing
    answer = caller(secret="salah").post("cases", {}, **asked)
    problem(answer, 401, "unauthorised")
    assert ("token bearer" in answer.json()["title"]) is (language == "id")


def test_who_writes_too_often_by_any_token_is_told_when_to_go_on(live, caller, rows):
    first, second = caller(live.siti), caller(live.siti)
    for _time in range(30):
        assert first.post("cases", {}).status_code == second.post("cases", {}).status_code == 422
    before = rows()
    answer = first.upload()
    problem(answer, 429, "too-many-attempts")
    assert 0 < int(answer["Retry-After"]) <= 60
    problem(second.post("cases", {}), 429, "too-many-attempts")
    assert rows() == before
    assert first.get("cases").status_code == 200, "reading goes on"
    assert caller(live.budi).post("cases", {}).status_code == 422, "others go on"


def test_files_of_one_account_are_counted_by_the_hour(live, caller, rows, monkeypatch):
    from dgs.core.cases import rest

    monkeypatch.setattr(rest, "FILES", 2)
    browser = caller(live.siti)
    assert [browser.upload().status_code for _time in range(2)] == [201, 201]
    before = rows()
    answer = browser.upload()
    problem(answer, 429, "too-many-attempts")
    assert int(answer["Retry-After"]) > 60 and rows() == before


def test_too_many_files_at_once_are_a_problem_and_none_is_kept(live, caller, client, rows):
    browser, before = caller(live.siti), rows()
    answer = client.post("/api/v1/files", {"file": [upload() for _n in range(21)]}, **browser.headers({}))
    problem(answer, 413, "too-much-sent")
    assert "Terlalu banyak berkas" in answer.json()["title"]
    problem(browser.post("cases", "x" * (2 * 1024 * 1024 + 1)), 413, "too-much-sent")
    assert rows() == before


def test_the_document_of_the_api_opens(client):
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_a_page_of_own_applications_costs_the_same_for_few_and_for_many(live, caller, assert_queries):
    browser = caller(live.siti)
    for rows, more in ((2, 2), (12, 10)):
        for _n in range(more):
            live.make("akta-kelahiran")
        browser.get("cases")  # definitions and holidays are read once per process
        with assert_queries("api/cases", rows):
            found = browser.get("cases").json()
        assert len(found) == rows and all(case["timeline"] for case in found)
    known = json.loads(QUERY_COUNTS.read_text())
    assert known["api/cases 2"] == known["api/cases 12"]


@pytest.mark.parametrize("given", [5, True, 1.5, -1e308, 10**400, {"id": "x"}, "x"])
def test_what_is_no_list_of_files_is_refused_in_words(live, caller, given, rows):
    browser = caller(live.siti)
    values = answers(live, browser) | {"birth_letter": given}
    before = rows()
    body = {"service": "akta-kelahiran", "values": values, "consent": True}
    assert "birth_letter" in problem(browser.post("cases", body), 422, "invalid-input")
    assert rows() == before


def test_of_many_unknown_names_a_few_are_named(live, caller):
    browser = caller(live.siti)
    many = {f"k{n}": 1 for n in range(5_000)}
    values = answers(live, browser) | many | {"witnesses": [many | {"name": "A"}]}
    answer = browser.post("cases", {"service": "akta-kelahiran", "values": values, "consent": True})
    assert answer.status_code == 422 and len(answer.json()["errors"]) < 60 and len(answer.content) < 20_000
