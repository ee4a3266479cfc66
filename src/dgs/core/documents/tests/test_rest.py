"""Tests of verification in the API: the same answers as on the pages."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from ninja import NinjaAPI
from ninja.testing import TestClient

from dgs.core.documents import api
from dgs.core.documents.rest import router

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def caller():
    own = NinjaAPI(urls_namespace="documents-test")
    own.add_router("", router)
    return TestClient(router)


def test_a_code_is_checked_without_a_token(caller, issued):
    said = caller.get(f"/verify/{issued.code}", META={"REMOTE_ADDR": "127.0.0.1"}).json()
    assert said["kind"] == "genuine"
    assert said["document"]["number"] == issued.number
    assert "Contohwati" not in json.dumps(said)


def test_an_unknown_code_is_an_answer(caller, db):
    said = caller.get("/verify/ABCD", META={"REMOTE_ADDR": "127.0.0.1"})
    assert (said.status_code, said.json()["kind"], said.json()["document"]) == (200, "unknown", None)


@pytest.mark.parametrize(("change", "kind"), [(b"", "genuine"), (b"\n", "altered")])
def test_a_file_is_checked(caller, issued, change, kind):
    upload = SimpleUploadedFile("a.pdf", api.read_file(issued.file) + change)
    assert caller.post("/verify", FILES={"file": upload}, META={"REMOTE_ADDR": "127.0.0.1"}).json()["kind"] == kind
