"""Tests that what the register holds is not asked again: refused when published, with the attribute's name, and counted."""

import pytest
from django.utils import translation

from dgs.core.parties import api as parties
from dgs.core.services import asked_once
from dgs.core.services.api import open_services


@pytest.mark.parametrize(("label", "name"), [
    ("Nama Lengkap", "Nama"), ("NIK pemohon", "NIK"), ("Tanggal lahir", "Tanggal lahir"), ("Alamat rumah (sesuai KTP)", ""),
    ("No. HP", "Nomor telepon"), ("Nomor kartu keluarga", "Nomor Kartu Keluarga"),
])  # fmt: skip
def test_a_question_for_what_the_register_holds_is_known_by_its_words(label, name):
    path = asked_once.wordings().get(asked_once.plain(label), "")
    with translation.override("id"):
        assert (str(parties.ATTRIBUTES[path].label) if path else "") == name


@pytest.mark.parametrize("label", ["Nama anak", "Tanggal lahir ibu", "Alamat lokasi", "Nomor kendaraan", "Agama ayah"])
def test_a_question_about_something_else_is_asked(label):
    assert asked_once.plain(label) not in asked_once.wordings()


def test_every_wording_leads_to_an_attribute_of_the_register():
    assert set(asked_once.wordings().values()) <= set(parties.ATTRIBUTES)


@pytest.mark.django_db
def test_published_services_count_what_they_do_not_ask(loaded_region, client):
    counted = {service.slug: asked_once.questions_not_asked(definition) for service, definition in open_services()}
    assert counted["akta-kelahiran"] > 10 and counted["izin-trayek"] >= 5
    text = client.get("/layanan/akta-kelahiran").content.decode()
    assert f"{counted['akta-kelahiran']} pertanyaan tidak perlu Anda jawab" in text
