"""Every service a subsystem declares: it loads, publishes, and each example has its route, fee and letter."""

import io

import pytest
from django.utils import timezone
from pypdf import PdfReader

from dgs.core.documents import api as documents
from dgs.core.services import api as services
from dgs.core.services.loader import examples as trials
from dgs.kernel import registry

FOLDERS = [pytest.param(subsystem, folder, id=f"{subsystem.slug}/{folder.name}")
           for subsystem, folder in registry.service_folders()]
EXAMPLES = [
    pytest.param(folder, name.removeprefix("examples/").removesuffix(".yaml"), id=f"{folder.name}/{name}")
    for _subsystem, folder in registry.service_folders()
    for name in services.read_sources(folder) if name.startswith("examples/")
]
_LOADED = {}


def definition_in(folder):
    if folder not in _LOADED:
        _LOADED[folder] = services.load_folder(folder)
    return _LOADED[folder]


@pytest.mark.parametrize(("subsystem", "folder"), FOLDERS)
def test_a_service_is_sound_and_complete(subsystem, folder):
    definition = definition_in(folder)
    outcomes = {example.route[-1] for example in definition.examples}
    finals = {definition.workflow.states[name].outcome for name in outcomes}
    assert len(definition.examples) >= 4
    assert "granted" in finals and len(finals) >= 2
    assert any("correct" in example.acts for example in definition.examples)
    assert definition.keywords and definition.standard.legal_basis


@pytest.mark.parametrize(("subsystem", "folder"), FOLDERS)
def test_a_service_publishes_in_the_demo_region(subsystem, folder, loaded_region, now):
    version = services.publish(folder, subsystem=subsystem.slug, by_name="Admi Nistrawan", now=now)
    assert services.current_version(definition_in(folder).slug) == version
    assert services.definition_of(version.pk).form == definition_in(folder).form


@pytest.mark.parametrize(("subsystem", "folder"), FOLDERS)
def test_only_what_a_service_needs_is_read_from_the_register(subsystem, folder, loaded_region, now):
    from django.contrib.auth import get_user_model

    from dgs.core.cases.actions import drafts
    from dgs.core.parties import api as parties

    version = services.current_version(definition_in(folder).slug)
    needed = services.attributes_of(version.pk)
    sources = {source.path for item in definition_in(folder).form.fields() for source in item.sources}
    assert sources <= needed
    budi = get_user_model().objects.select_related("party__person").get(username="budi@dgs.example")
    owned = parties.businesses_of(budi.party.person, timezone.localdate())
    business = owned[0].party if "person" not in definition_in(folder).applicants else None
    draft = drafts.start_draft(slug=version.service.slug, by=budi, now=now, business=business)
    read = set(drafts.attributes_of(draft, by=budi, now=now))
    assert read and read <= needed
    assert read < set(parties.attribute_values(applicant=budi.party, business=business, by=budi, purpose="test", now=now))


@pytest.mark.parametrize(("folder", "name"), EXAMPLES)
def test_an_example_goes_its_route_at_its_fee_to_its_letter(folder, name):
    definition = definition_in(folder)
    example = next(e for e in definition.examples if e.name == name)
    played = trials.play(definition, example)
    assert played.problems == []
    assert tuple(played.route) == example.route
    assert services.fee_total(played.lines) == example.fee
    assert all(line.account and line.quantity * line.unit == line.amount for line in played.lines)
    if played.outcome == "granted":
        letter = documents.compile_letter(definition.letter, trials.letter_data(definition, played))
        text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(letter)).pages).split())
        assert example.letter_contains
        for words in example.letter_contains:
            assert words in text
