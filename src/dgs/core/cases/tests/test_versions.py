"""A service is changed while its cases run: those finish on the old version, new ones begin on the new."""

import io

import pytest
from pypdf import PdfReader

from dgs.core.access.api import Access
from dgs.core.billing import api as billing
from dgs.core.cases.actions import transitions
from dgs.core.cases.tests.test_transitions import folder_of
from dgs.core.documents import api as documents
from dgs.core.services import api as services

SUBSYSTEMS = {"akta-kelahiran": "civil", "izin-trayek": "transport", "izin-reklame": "advertising"}
NEW_ACT = {"akta-kelahiran": "sign_now", "izin-trayek": "sign_now", "izin-reklame": "sign_now"}
MARK = "Versi Kedua"
FEES = {
    "akta-kelahiran": None,
    "izin-trayek": ("[small_bus, 200000]", "[small_bus, 210000]", 570_000),
    "izin-reklame": ("[billboard, a, 60000]", "[billboard, a, 70000]", 5_040_000),
}


def changed(slug):
    """The service with another question, another tariff, another letter and another name of the act of signing."""
    sources = services.read_sources(folder_of(slug))
    form = sources["form.yaml"]
    first = form.index("    fields:\n") + len("    fields:\n")
    question = "      - {id: second_version, type: text, required: false, label: {id: Pertanyaan baru, en: New question}}\n"
    sources["form.yaml"] = form[:first] + question + form[first:]
    sources["workflow.yaml"] = sources["workflow.yaml"].replace("      sign:\n", "      sign_now:\n")
    sources["letter.typ"] += f"\n#text(size: 8pt)[{MARK}]\n"
    if FEES[slug]:
        old, new, _total = FEES[slug]
        assert old in sources["fees.yaml"]
        sources["fees.yaml"] = sources["fees.yaml"].replace(old, new)
    name = next(n for n in sources if n.startswith("examples/"))
    del name
    return {
        n: text.replace(", sign]", ", sign_now]") for n, text in sources.items() if not n.startswith("examples/")
    } | _examples(sources, slug)


def _examples(sources, slug):
    """The example that the player follows, with what the changes make of it."""
    import re

    from dgs.core.cases.tests.conftest import Player

    name = f"examples/{Player.EXAMPLES[slug]}.yaml"
    text = sources[name].replace(", sign]", ", sign_now]")
    if FEES[slug]:
        total = FEES[slug][2]
        text = re.sub(r"fee: \d+", f"fee: {total}", text)
        text = re.sub(r'"(550\.000|4\.320\.000)"', f'"{total:,}"'.replace(",", "."), text)
    return {name: text}


def letter_text(case):
    data = documents.read_file(documents.document_for(f"cases.case:{case.pk}").file)
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("slug", list(SUBSYSTEMS))
def test_running_cases_finish_on_their_version_and_new_ones_start_on_the_new(player, slug):
    acts = [a for a in player.example(slug).acts if a != "sign"]
    old = player.make(slug)
    newer = services.publish_sources(changed(slug), subsystem=SUBSYSTEMS[slug], by_name="t", now=player.now)
    assert newer.number == old.version.number + 1
    assert services.current_version(slug) == newer
    new = player.make(slug)
    assert (old.version_id == newer.pk, new.version_id == newer.pk) == (False, True)

    for case in (old, new):
        player.run(case, *acts)
        assert case.state == "approval"
    if FEES[slug]:
        totals = [int(billing.bill_for(f"cases.case:{case.pk}").total) for case in (old, new)]
        assert totals == [player.example(slug).fee, FEES[slug][2]]
    head = player.users("head", kind=old.office.kind)[0]
    for case, act, is_asked in ((old, "sign", False), (new, NEW_ACT[slug], True)):
        definition = services.definition_of(case.version_id)
        offered = {a.id for a in transitions.offered(case, definition, user=head, access=Access(head))}
        assert offered & {"sign", "sign_now"} == {act}
        assert (definition.form.field("second_version") is not None) is is_asked
        player.run(case, act, "issue")
        assert case.outcome == "granted"
        assert (MARK in letter_text(case)) is is_asked


def test_publishing_the_same_again_is_the_same_version(player):
    before = services.current_version("izin-trayek")
    sources = services.read_sources(folder_of("izin-trayek"))
    assert services.publish_sources(sources, subsystem="transport", by_name="t", now=player.now) == before
