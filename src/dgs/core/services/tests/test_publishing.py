"""Publishing: versions are numbered, never change, and are refused when offices or roles are missing."""

import shutil

import pytest
from django.db import IntegrityError, transaction

from dgs.core.audit.models import AuditRow
from dgs.core.services import api
from dgs.core.services.models import Service, ServiceVersion
from dgs.core.services.tests.conftest import SUBSYSTEMS


@pytest.fixture
def folder(tmp_path):
    """A copy of the route permit that may be changed."""
    copied = tmp_path / "route_permit"
    shutil.copytree(SUBSYSTEMS / "transport" / "services" / "route_permit", copied)
    return copied


def change(folder, file, old, new):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def publish(folder, now, **more):
    return api.publish(folder, subsystem="transport", by_name="Admi Nistrawan", now=now, **more)


def test_the_same_content_is_the_same_version_and_another_is_the_next(loaded_region, folder, now):
    first = api.current_version("izin-trayek")
    rows = AuditRow.objects.count()
    assert publish(folder, now).pk == first.pk
    assert AuditRow.objects.count() == rows
    change(folder, "fees.yaml", "150000", "160000")
    change(folder, "examples/three_vehicles.yaml", "550000", "560000")
    change(folder, "examples/three_vehicles.yaml", '"550.000"', '"560.000"')
    second = publish(folder, now)
    assert (second.number, api.current_version("izin-trayek").pk) == (first.number + 1, second.pk)
    assert AuditRow.objects.filter(action="services.publish", facts__digest=second.digest).count() == 1
    assert api.definition_of(first.pk).fees.tables["tariff"].rows[0].result == 150000
    assert api.definition_of(second.pk).fees.tables["tariff"].rows[0].result == 160000


def test_going_back_to_old_content_makes_the_old_version_current_again(loaded_region, folder, now):
    first = api.current_version("izin-trayek")
    change(folder, "service.yaml", "Peta lintasan trayek", "Peta lengkap lintasan trayek")
    assert publish(folder, now).number == first.number + 1
    change(folder, "service.yaml", "Peta lengkap lintasan trayek", "Peta lintasan trayek")
    assert publish(folder, now).pk == first.pk
    assert ServiceVersion.objects.filter(service__slug="izin-trayek").count() == 2


def test_the_database_refuses_to_change_or_delete_a_version(loaded_region):
    version = api.current_version("izin-trayek")
    for spoil in (
        lambda: ServiceVersion.objects.filter(pk=version.pk).update(number=9),
        lambda: ServiceVersion.objects.filter(pk=version.pk).update(sources={}),
        lambda: ServiceVersion.objects.filter(pk=version.pk)._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            spoil()
    assert ServiceVersion.objects.get(pk=version.pk).sources == version.sources


def test_sources_are_kept_exactly(loaded_region):
    kept = api.current_version("izin-trayek").sources
    assert kept == api.read_sources(SUBSYSTEMS / "transport" / "services" / "route_permit")


def test_a_role_that_nobody_holds_is_refused_with_its_line(loaded_region, folder, now):
    before = ServiceVersion.objects.count()
    change(folder, "service.yaml", "Peta lintasan trayek", "Peta lain")
    with pytest.raises(api.DefinitionInvalid) as caught:
        publish(folder, now, role_is_held=lambda role, office: role != "reviewer")
    (problem,) = caught.value.problems
    lines = (folder / "workflow.yaml").read_text().splitlines()
    assert problem.file == "workflow.yaml" and lines[problem.line - 1].strip() == "technical_review:"
    assert ServiceVersion.objects.count() == before


def test_by_default_the_grants_say_who_holds_a_role(loaded_region, folder, now):
    from dgs.core.access.models import Grant

    change(folder, "service.yaml", "Peta lintasan trayek", "Peta lain")
    Grant.objects.filter(role="reviewer").delete()
    with pytest.raises(api.DefinitionInvalid) as caught:
        publish(folder, now)
    assert "reviewer" in str(caught.value)


def test_an_office_that_the_region_does_not_have_is_refused(loaded_region, folder, now):
    change(folder, "service.yaml", "office_kind: one-stop", "office_kind: moon-office")
    with pytest.raises(api.DefinitionInvalid) as caught:
        publish(folder, now)
    assert caught.value.problems[0].file == "service.yaml"


def test_a_slug_belongs_to_one_subsystem(loaded_region, folder, now):
    with pytest.raises(api.DefinitionInvalid):
        api.publish(folder, subsystem="civil", by_name="x", now=now)
    assert Service.objects.get(slug="izin-trayek").subsystem == "transport"


def test_a_broken_definition_leaves_the_current_version_alone(loaded_region, folder, now):
    before = api.current_version("izin-trayek").pk
    change(folder, "workflow.yaml", "start: check", "start: nowhere")
    with pytest.raises(api.DefinitionInvalid):
        publish(folder, now)
    assert api.current_version("izin-trayek").pk == before


def test_a_closed_service_is_not_offered_but_can_be_read(loaded_region, now, users):
    service = Service.objects.get(slug="izin-trayek")
    api.set_open(service_id=service.pk, is_open=False, by=users("administrator")[0], now=now)
    assert "izin-trayek" not in {s.slug for s, _d in api.open_services()}
    assert api.current_version("izin-trayek") is not None
    assert AuditRow.objects.filter(action="services.close").count() == 1


@pytest.mark.parametrize(
    ("subsystem", "name"),
    [("civil", "birth_certificate"), ("transport", "route_permit"), ("advertising", "advertisement_permit")],
)
def test_a_change_of_any_service_leaves_what_was_published_before_as_it_was(loaded_region, tmp_path, now, subsystem, name):
    copied = tmp_path / name
    shutil.copytree(SUBSYSTEMS / subsystem / "services" / name, copied)
    slug = api.load_folder(copied).slug
    before = api.current_version(slug)
    days, letter = api.definition_of(before.pk).workflow.working_days, api.definition_of(before.pk).letter
    change(copied, "workflow.yaml", f"\nworking_days: {days}\n", f"\nworking_days: {days + 7}\n")
    (copied / "letter.typ").write_text(letter + "\n// changed\n", encoding="utf-8")
    after = api.publish(copied, subsystem=subsystem, by_name="Admi Nistrawan", now=now)
    api.definition_of.cache_clear()
    assert (api.definition_of(before.pk).workflow.working_days, api.definition_of(before.pk).letter) == (days, letter)
    assert api.definition_of(after.pk).workflow.working_days == days + 7
