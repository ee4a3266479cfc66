"""Every word of the interface has its Indonesian."""

from __future__ import annotations

from django.utils import translation

from dgs.cli import translations


def test_every_text_of_the_interface_has_indonesian():
    found = [f"{word.path.relative_to(translations.source())}: {word.msgid!r}" for word in translations.missing()]
    assert not found, f"{len(found)} texts (python -m dgs.cli.translations lists them):\n" + "\n".join(found[:80])


def test_no_translation_is_unsure_or_names_other_values_than_the_english():
    assert not translations.unsure()


def test_words_compiled_by_a_process_that_runs_are_spoken_by_it(tmp_path, monkeypatch, settings):
    """As by a worker's first start: Django read the catalogues before there were any."""
    folder = tmp_path / "locale" / "id" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid "probe"\nmsgstr "percobaan"\n')
    monkeypatch.setattr(translations, "source", lambda: tmp_path)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    with translation.override("id"):
        assert translation.gettext("probe") == "probe"
    assert translations.compile_all() == 1
    with translation.override("id"):
        assert translation.gettext("probe") == "percobaan"
