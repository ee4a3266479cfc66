"""The name of a case in other rooms, the files its answers name, and the addresses in its messages."""

from types import SimpleNamespace

import pytest

from dgs.core.cases import naming, saying
from dgs.core.cases.attachments import file_ids
from dgs.core.documents import api as documents
from dgs.core.services import api as services


def test_the_name_of_a_case_is_read_back():
    assert naming.case_id(naming.about(SimpleNamespace(pk=77))) == 77


@pytest.mark.parametrize("text", ["", "77", "cases.case", "cases.case:", "cases.case:x", "cases.case:\u0667", "cases.draft:7"])
def test_what_names_no_case_is_none(text):
    assert naming.case_id(text) is None


def field(name, kind, *fields):
    return SimpleNamespace(id=name, type=kind, fields=fields)


def test_only_questions_for_files_name_files():
    fields = [field("photo", "file"), field("cars", "list", field("paper", "file"), field("size", "text"))]
    looks_like_a_file = {"id": "x", "name": "y", "size": 1}
    values = {
        "photo": [{"id": "a"}],
        "cars": [{"paper": [{"id": "b", "name": "n"}], "size": "3"}, {"paper": None}],
        "elsewhere": [looks_like_a_file],
    }
    assert file_ids(fields, values) == ["a", "b"]
    assert file_ids([field("note", "text")], {"note": [looks_like_a_file]}) == []


def test_the_addresses_in_messages_are_those_of_the_pages(player, settings):
    settings.BASE_URL = "https://layanan.example"
    case = player.finish("akta-kelahiran")
    definition = services.definition_of(case.version_id)
    said = saying._values(case, definition, name="Siti", bill=None)
    code = documents.document_for(naming.about(case)).code
    assert said["link"] == f"https://layanan.example/permohonan/{case.reference}"
    assert said["verify_link"] == f"https://layanan.example/verifikasi/{code}"
