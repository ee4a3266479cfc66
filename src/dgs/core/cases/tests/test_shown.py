"""What stands around a page and what people wrote: never another person's, never as code; rules are not tested here."""

import re

import pytest

from dgs.core.cases.models import Case
from dgs.core.cases.record import record_of, records_of
from dgs.kernel.keeping import HERE, TOKEN
from dgs.ui.shell import PLACES

HOSTILE = '<script>alert(1)</script>" onfocus="x'


def tokens(html: str) -> set[str]:
    return set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html))


def test_each_person_gets_their_own_name_token_and_address_around_the_same_kind_of_page(sign_in, live):
    siti, budi = sign_in(live.siti, enforce_csrf_checks=True), sign_in(live.budi, enforce_csrf_checks=True)
    for browser, own, other in ((siti, live.siti, live.budi), (budi, live.budi, live.siti), (siti, live.siti, live.budi)):
        html = browser.get("/permohonan?page=1&x=%22%3E").content.decode()
        assert own.name in html and other.name not in html
        assert 'name="next" value="/permohonan?page=1&amp;x=%22%3E"' in html
        assert TOKEN not in html and HERE not in html
        token = tokens(html).pop()
        assert browser.post("/akun/keluar", {"csrfmiddlewaretoken": token + "x"}).status_code == 403
    token = tokens(siti.get("/permohonan").content.decode()).pop()
    assert siti.post("/akun/keluar", {"csrfmiddlewaretoken": token}).status_code == 302


def test_the_menu_around_a_page_follows_the_roles_at_once(sign_in, live):
    from dgs.core.access import api as access

    clerk = live.users("clerk")[0]
    browser = sign_in(clerk)
    assert "/loket" in browser.get("/meja").content.decode()
    for held in clerk.grants.all():
        access.revoke(grant=held, by=live.users("administrator")[0], now=live.now)
    assert "/loket" not in browser.get("/permohonan").content.decode()


@pytest.mark.parametrize("who", ["officer", "applicant"])
def test_what_an_applicant_wrote_is_shown_as_text(sign_in, live, who):
    case = live.make("akta-kelahiran")
    names = {key: HOSTILE for key, value in case.data.items() if isinstance(value, str)}
    witnesses = [dict.fromkeys(row, HOSTILE) for row in case.data.get("witnesses", [])]
    Case.objects.filter(pk=case.pk).update(data=case.data | names | {"witnesses": witnesses}, title=HOSTILE)
    by, path = (live.officer(case), "/meja/berkas/") if who == "officer" else (live.siti, "/permohonan/")
    html = sign_in(by).get(f"{path}{case.reference}").content.decode()
    assert "<script>alert" not in html and '" onfocus="' not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onfocus=&quot;x" in html


def test_records_of_several_cases_are_those_of_each(live, django_assert_num_queries):
    cases = [live.make("akta-kelahiran"), live.make("izin-reklame"), live.make("akta-kelahiran")]
    live.run(cases[0], "correct")
    with django_assert_num_queries(1):
        found = records_of(cases)
    assert found == {case.pk: record_of(case) for case in cases}
    record = found[cases[0].pk]
    assert [event.kind for event in record.events] == list(cases[0].events.order_by("seq").values_list("kind", flat=True))
    assert [event.at for event in record.events] == list(cases[0].events.order_by("seq").values_list("at", flat=True))
    assert [(p.reason, p.began_at, p.ended_at) for p in record.pauses] == list(
        cases[0].pauses.order_by("began_at").values_list("reason", "began_at", "ended_at")
    )
    assert record.notices[0].items == cases[0].corrections.get().items
    assert {other.reference for other in record.others} == {
        case.reference for case in cases[1:] if case.applicant_id == cases[0].applicant_id
    }


def test_two_cases_in_one_shell_have_their_own_address_token_and_parts(sign_in, live):
    first, second = live.make("akta-kelahiran"), live.make("akta-kelahiran")
    browser = sign_in(live.officer(first), enforce_csrf_checks=True)
    for case, other in ((first, second), (second, first), (first, second)):
        path = f"/meja/berkas/{case.reference}"
        html = browser.get(f"{path}?x=%22%3E").content.decode()
        assert f"<title>{case.title} · {case.reference} · " in html and html.count("<h1>") == 1
        assert f'name="next" value="{path}?x=%22%3E"' in html and f'action="{path}/catatan"' in html
        assert f"/{other.reference}/" not in html
        assert not any(place in html for place in (TOKEN, HERE, *PLACES.values()))
        assert len(tokens(html)) == 1
    token = tokens(browser.get(f"/meja/berkas/{first.reference}").content.decode()).pop()
    noted = {"text": "Sudah ditelepon", "csrfmiddlewaretoken": token}
    assert browser.post(f"/meja/berkas/{first.reference}/catatan", noted).status_code == 302
    assert "Sudah ditelepon" in browser.get(f"/meja/berkas/{first.reference}").content.decode()


def test_a_message_is_shown_once_and_never_kept(sign_in, live):
    case = live.make("akta-kelahiran")
    path = f"/meja/berkas/{case.reference}"
    browser, colleague = sign_in(live.officer(case)), sign_in(live.users("head")[0])
    browser.get(path)
    browser.post(f"{path}/catatan", {"text": ""})
    assert 'class="notice notice--late"' in browser.get(path).content.decode()
    assert 'class="notice notice--late"' not in browser.get(path).content.decode()
    assert 'class="notice notice--late"' not in colleague.get(path).content.decode()


def test_a_bill_is_linked_only_for_staff_who_may_open_it(sign_in, live):
    from dgs.core.access.models import Grant
    from dgs.core.regions.models import Region

    case = live.finish("izin-reklame")
    officer = live.users("verifier", kind=case.office.kind)[0]
    link = "/tagihan/"
    assert link in sign_in(officer).get(f"/meja/berkas/{case.reference}").content.decode()
    Grant.objects.filter(user=officer).update(region=Region.objects.get(code="16.07"))
    html = sign_in(officer).get(f"/meja/berkas/{case.reference}").content.decode()
    assert case.reference in html and link not in html
