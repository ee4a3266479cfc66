"""Every word of the interface has its Indonesian."""

from __future__ import annotations

from dgs.cli import translations


def test_every_text_of_the_interface_has_indonesian():
    found = [f"{word.path.relative_to(translations.source())}: {word.msgid!r}" for word in translations.missing()]
    assert not found, f"{len(found)} texts (python -m dgs.cli.translations lists them):\n" + "\n".join(found[:80])


def test_no_translation_is_unsure_or_names_other_values_than_the_english():
    assert not translations.unsure()
