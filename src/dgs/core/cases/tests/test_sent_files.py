"""Files that a caller of the API names: of the kind the question asks for, and each for one application only."""

import pytest

from dgs.core.cases import api as cases
from dgs.core.cases.models import Case
from dgs.core.cases.tests.conftest import upload
from dgs.core.documents import api as documents
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput


def sent(player, slug, **changes):
    """As the API sends it: nothing is trusted."""
    by = player.siti
    values = player.values(slug, owner=by) | changes
    return cases.create_case(
        version=services.current_version(slug), values={k: v for k, v in values.items() if v is not None},
        applicant=by.party, business=None, channel="api", by=by, now=player.now,
    )  # fmt: skip


def kept(player, name):
    file = documents.keep_file(upload(name), owner=player.siti, about="", now=player.now)
    return documents.described([str(file.pk)], owner=player.siti)


def test_a_file_of_a_kind_the_question_does_not_take_is_refused(player):
    values = player.values("izin-reklame", owner=player.siti)
    assert values["place_photo"]
    with pytest.raises(InvalidInput) as refusal:
        sent(player, "izin-reklame", place_photo=kept(player, "surat.pdf"))
    assert list(refusal.value.errors) == ["place_photo"]
    assert "surat.pdf" in refusal.value.errors["place_photo"][0]
    assert not Case.objects.exists()
    assert sent(player, "izin-reklame").state == "check"


def test_a_file_taken_by_another_application_meanwhile_is_refused_and_nothing_is_made(player, monkeypatch):
    first = sent(player, "akta-kelahiran")
    letter = first.data["birth_letter"]
    real = documents.described
    # As of two at once: when it was looked at, the file was still free.
    about = f"cases.case:{first.pk}"
    monkeypatch.setattr(documents, "described", lambda ids, **more: real(ids, about=about) or real(ids, **more))
    with pytest.raises(InvalidInput) as refusal:
        sent(player, "akta-kelahiran", birth_letter=letter)
    assert "files" in refusal.value.errors
    assert Case.objects.count() == 1
