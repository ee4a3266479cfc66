"""Filling in: what is kept, what is refused, and that nothing typed is lost; the pages are tested beside."""

import uuid

import pytest
from django.http import QueryDict

from dgs.core.cases import sealing
from dgs.core.cases.actions import drafts, submission
from dgs.core.cases.errors import AlreadyClosed, ConsentMissing, NoPerson, NotApplicant, ServiceClosed, StepOutdated
from dgs.core.cases.models import Case, Draft
from dgs.core.cases.tests.conftest import answers_of, upload
from dgs.core.cases.tests.test_transitions import at_once
from dgs.core.documents.models import StoredFile
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput, NotFound

VEHICLE = {"plate": "BG 1001 XA", "vehicle_class": "small_bus", "seats": "12", "year": "2019", "chassis": "MHKCONTOH00001"}


def save(draft, step, raw=None, *, now, saved=None, files=None, later=False, by=None):
    sent = QueryDict(mutable=True)
    for name, value in (raw or {}).items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    done = drafts.save_step(draft_id=draft.pk, step_id=step, raw=sent, uploads=files or {}, saved=saved,
                            by=by or draft.owner, now=now, later=later)  # fmt: skip
    return done.draft, done.errors


def vehicle(index, **changes):
    return {f"vehicles-{index}-{key}": value for key, value in (VEHICLE | changes).items()}


def values(draft):
    return drafts.values_of(drafts.draft_of(draft.pk, by=draft.owner))


def test_each_step_is_kept_and_can_be_gone_on_with_elsewhere(player):
    draft = player.draft()
    _draft, errors = save(draft, "reporter", {"relation": "mother"}, now=player.now)
    assert errors == {}
    again = drafts.draft_of(draft.pk, by=player.siti)
    assert again.saved_steps == {"reporter": 1}
    assert drafts.values_of(again)["relation"] == "mother"


def test_what_the_register_knows_is_not_taken_from_the_form(player):
    draft = player.draft()
    save(draft, "reporter", {"relation": "mother", "reporter_name": "Orang Lain", "reporter_nik": "3"}, now=player.now)
    assert values(draft)["reporter_name"] == "Siti Contohwati"


def test_a_question_that_depends_on_an_answer_is_asked_only_then(player):
    draft = player.draft()
    _draft, errors = save(draft, "reporter", {"relation": "grandparent"}, now=player.now)
    assert {"power_of_attorney", "kk_number"} <= set(errors)
    _draft, errors = save(draft, "reporter", {"relation": "mother", "kk_number": "1"}, now=player.now)
    assert errors == {}
    assert "power_of_attorney" not in values(draft)


def test_an_answer_that_does_not_pass_is_kept_as_it_was_typed(player):
    draft = player.draft()
    given = {"child_name": "A", "child_sex": "P", "birth_weight": "-3 kg 🙂", "birth_date": "31/02/2026"}
    _draft, errors = save(draft, "child", given, now=player.now)
    assert {"child_name", "birth_weight", "birth_date"} <= set(errors)
    kept = values(draft)
    assert [kept[key] for key in given] == list(given.values())
    assert drafts.draft_of(draft.pk, by=player.siti).saved_steps == {}


def test_rows_are_added_and_removed_without_javascript(player):
    draft = player.draft("izin-trayek")
    save(draft, "vehicles", vehicle(0) | {"_add": "vehicles"}, now=player.now, later=True)
    assert [row.get("plate") for row in values(draft)["vehicles"]] == ["BG 1001 XA", None]
    two = vehicle(0) | vehicle(1, plate="BG 1002 XA", chassis="MHKCONTOH00002")
    save(draft, "vehicles", two | {"_remove": "vehicles-0"}, now=player.now, later=True)
    assert [row["plate"] for row in values(draft)["vehicles"]] == ["BG 1002 XA"]
    _draft, errors = save(draft, "vehicles", two, now=player.now)
    assert errors == {}
    assert [row["plate"] for row in values(draft)["vehicles"]] == ["BG 1001 XA", "BG 1002 XA"]


def test_a_wrong_cell_is_named_by_its_row(player):
    draft = player.draft("izin-trayek")
    _draft, errors = save(draft, "vehicles", vehicle(0) | vehicle(1, seats="-1"), now=player.now)
    assert any(path.startswith("vehicles-1") for path in errors), errors
    assert values(draft)["vehicles"][1]["seats"] == "-1"


def test_files_are_kept_with_a_wrong_answer_and_replaced_and_dropped(player):
    draft = player.draft("izin-trayek")
    _d, errors = save(draft, "documents", {}, files={"stnk": [upload("a.pdf"), upload("b.pdf")]}, now=player.now)
    assert set(errors) == {"kir", "depot_proof"}
    assert [f["name"] for f in values(draft)["stnk"]] == ["a.pdf", "b.pdf"]
    first = values(draft)["stnk"][0]["id"]
    save(draft, "documents", {"_drop": f"stnk:{first}"}, now=player.now, later=True)
    assert [f["name"] for f in values(draft)["stnk"]] == ["b.pdf"]
    save(draft, "documents", {"_drop": [f"stnk:{values(draft)['stnk'][0]['id']}"]}, now=player.now, later=True)
    assert not values(draft).get("stnk")


def test_a_single_file_is_replaced_by_the_next_one(player):
    draft = player.draft()
    save(draft, "reporter", {"relation": "grandparent"}, files={"power_of_attorney": [upload("lama.pdf")]}, now=player.now)
    save(draft, "reporter", {"relation": "grandparent"}, files={"power_of_attorney": [upload("baru.pdf")]}, now=player.now)
    assert [f["name"] for f in values(draft)["power_of_attorney"]] == ["baru.pdf"]


def test_more_files_than_the_question_takes_are_refused_and_the_first_ones_kept(player):
    draft = player.draft("izin-trayek")
    _d, errors = save(draft, "documents", {}, files={"depot_proof": [upload(f"{n}.pdf") for n in "abc"]}, now=player.now)
    assert "depot_proof" in errors
    assert [f["name"] for f in values(draft)["depot_proof"]] == ["a.pdf", "b.pdf"]


def test_a_page_saved_elsewhere_meanwhile_is_refused_and_changes_nothing(player, rows):
    draft = player.draft()
    save(draft, "reporter", {"relation": "mother"}, saved=0, now=player.now)
    before, count = Draft.objects.values().get(pk=draft.pk), rows()
    with pytest.raises(StepOutdated):
        save(draft, "reporter", {"relation": "other"}, saved=0, now=player.now)
    assert Draft.objects.values().get(pk=draft.pk) == before
    assert rows() == count
    save(draft, "reporter", {"relation": "mother"}, saved=1, now=player.now)


def test_today_is_the_day_in_the_region_not_in_greenwich(player):
    # 05.00 in the morning in Jakarta: in Greenwich it is still the day before.
    from datetime import UTC

    early = player.now.replace(hour=5).astimezone(UTC)
    assert early.date() != player.now.date()
    draft = player.draft()
    _d, errors = save(draft, "child", {"birth_date": player.now.date().isoformat()}, now=early)
    assert "birth_date" not in errors


def test_another_persons_draft_does_not_exist(player):
    draft = player.full_draft()
    for act in (
        lambda: drafts.draft_of(draft.pk, by=player.budi),
        lambda: save(draft, "reporter", {"relation": "mother"}, by=player.budi, now=player.now),
        lambda: drafts.discard_draft(draft_id=draft.pk, by=player.budi, now=player.now),
        lambda: submission.submit_draft(draft_id=draft.pk, consent=True, by=player.budi, now=player.now),
        lambda: drafts.draft_of(uuid.uuid4(), by=player.siti),
    ):
        with pytest.raises(NotFound):
            act()
    assert Case.objects.count() == 0


def test_a_draft_thrown_away_is_gone_with_its_answers(player):
    draft = player.full_draft()
    drafts.discard_draft(draft_id=draft.pk, by=player.siti, now=player.now)
    with pytest.raises(NotFound):
        drafts.draft_of(draft.pk, by=player.siti)
    assert Draft.objects.get(pk=draft.pk).data == {}
    with pytest.raises(NotFound):
        submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)


def test_sending_twice_is_one_case(player):
    draft = player.full_draft()
    first = submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)
    second = submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)
    assert first == second and Case.objects.count() == 1
    with pytest.raises(AlreadyClosed):
        save(draft, "reporter", {"relation": "mother"}, now=player.now)
    with pytest.raises(AlreadyClosed):
        drafts.discard_draft(draft_id=draft.pk, by=player.siti, now=player.now)


@pytest.mark.django_db(transaction=True)
def test_sending_twice_at_the_same_moment_is_one_case_and_both_get_it(player):
    draft = player.full_draft()
    send = lambda: submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)  # noqa: E731
    results = at_once(send, send, send)
    assert {getattr(r, "pk", r) for r in results} == {Case.objects.get().pk}


def test_without_the_declaration_nothing_is_sent(player, rows):
    draft, before = player.full_draft(), rows()
    before = rows()
    with pytest.raises(ConsentMissing) as refusal:
        submission.submit_draft(draft_id=draft.pk, consent=False, by=player.siti, now=player.now)
    assert "consent" in refusal.value.errors
    assert rows() == before


def test_an_unfinished_draft_is_refused_by_field_and_stays(player, rows):
    draft = player.draft()
    save(draft, "reporter", {"relation": "mother"}, now=player.now)
    before = rows()
    with pytest.raises(InvalidInput) as refusal:
        submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)
    form = player.definition("akta-kelahiran").form
    assert {"child_name", "witnesses"} <= set(refusal.value.errors)
    assert all(form.field(path.split("-")[0]) for path in refusal.value.errors)
    assert rows() == before


def test_a_draft_keeps_the_version_it_was_begun_on(player):
    from dgs.core.cases.tests.test_transitions import folder_of

    draft = player.full_draft()
    sources = services.read_sources(folder_of("akta-kelahiran"))
    changed = sources | {"form.yaml": sources["form.yaml"].replace("Nama lengkap anak", "Nama anak sesuai surat lahir")}
    newer = services.publish_sources(changed, subsystem="civil", by_name="t", now=player.now)
    case = submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)
    assert case.version_id == draft.version_id != newer.pk


def test_the_case_takes_over_the_files_of_the_draft(player):
    draft = player.full_draft()
    case = submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)
    assert StoredFile.objects.filter(about=f"cases.case:{case.pk}").count() == 2
    assert not StoredFile.objects.filter(about=f"cases.draft:{draft.pk}").exists()


def test_who_has_no_person_record_cannot_apply(player, users):
    with pytest.raises(NoPerson):
        drafts.start_draft(slug="akta-kelahiran", by=users("clerk")[0], now=player.now)
    with pytest.raises(NotFound):
        drafts.start_draft(slug="tidak-ada", by=player.siti, now=player.now)
    with pytest.raises(NotApplicant):
        drafts.start_draft(slug="izin-trayek", by=player.siti, now=player.now)
    assert Draft.objects.count() == 0


def test_a_closed_service_takes_nothing_and_says_so(player):
    draft = player.full_draft()
    services.set_open(service_id=draft.version.service_id, is_open=False, by=None, now=player.now)
    with pytest.raises(ServiceClosed):
        drafts.start_draft(slug="akta-kelahiran", by=player.siti, now=player.now)
    with pytest.raises(ServiceClosed):
        submission.submit_draft(draft_id=draft.pk, consent=True, by=player.siti, now=player.now)
    assert Case.objects.count() == 0


def test_identity_numbers_in_a_draft_are_sealed_even_when_typed_wrong(player):
    draft = player.draft()
    raw = {"witnesses-0-name": "Rina", "witnesses-0-nik": "1607015503909002", "witnesses-1-name": "Joko",
           "witnesses-1-nik": "16070155039090"}  # fmt: skip
    save(draft, "witnesses", raw, now=player.now)
    stored = Draft.objects.get(pk=draft.pk).data
    assert "16070155" not in str(stored)
    assert values(draft)["witnesses"][1]["nik"] == "16070155039090"
    assert sealing.unseal([], {"a": 1}) == {"a": 1}


def test_every_step_of_every_service_can_be_filled_in(player):
    for slug in ("akta-kelahiran", "izin-trayek", "izin-reklame"):
        draft = player.full_draft(slug, by=player.budi if slug != "akta-kelahiran" else None)
        case = submission.submit_draft(draft_id=draft.pk, consent=True, by=draft.owner, now=player.now)
        assert case.state == "check"
    assert answers_of(player.definition("akta-kelahiran").form.steps[0], {}) == ({}, {})
