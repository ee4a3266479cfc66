"""Words and addresses that are answered when a template is read: right in each language, and only where nothing can change."""

from __future__ import annotations

import pytest
from django.template import Context, NodeList, Template, TemplateSyntaxError, engines
from django.template.base import TextNode
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, set_script_prefix
from django.utils import translation
from django.utils.safestring import mark_safe

from dgs.ui.templatetags.fixed import _filled


def read(source: str, language: str = "id") -> Template:
    with translation.override(language):
        return Template(source)


def drawn(source: str, language: str = "id", **values) -> str:
    with translation.override(language):
        return Template(source).render(Context(values))


def is_text(nodes: NodeList) -> bool:
    return all(type(node) is TextNode for node in nodes)


def test_fixed_words_become_text_of_the_template():
    template = read('{% translate "Applicant" %}')
    assert is_text(template.nodelist)
    assert template.render(Context()) == "Pemohon"
    assert drawn('{% translate "Applicant" %}', "en") == "Applicant"


def test_words_that_a_page_gives_are_translated_when_it_is_drawn():
    template = read("{% translate word %}")
    assert not is_text(template.nodelist)
    with translation.override("id"):
        assert template.render(Context({"word": "Applicant"})) == "Pemohon"
        assert template.render(Context({"word": "<b>"})) == "&lt;b&gt;"


def test_words_under_a_name_are_there_afterwards():
    assert drawn('{% translate "Applicant" as text %}[{{ text }}]') == "[Pemohon]"


def test_the_same_template_speaks_each_language():
    for _turn in range(2):
        for language, word in (("id", "Langsung ke isi"), ("en", "Skip to the content")):
            with translation.override(language):
                assert word in render_to_string("bare.html")


def test_what_is_kept_for_a_language_is_kept_once():
    engine = engines["django"].engine
    with translation.override("id"):
        assert engine.get_template("bare.html") is engine.get_template("bare.html")
        indonesian = engine.get_template("bare.html")
    with translation.override("en"):
        assert engine.get_template("bare.html") is not indonesian


@pytest.mark.parametrize(
    ("language", "used", "text"),
    [("id", 1, "Selesai 1 Jan setelah 1 hari kerja."), ("id", 5, "Selesai 1 Jan setelah 5 hari kerja."),
     ("en", 1, "Finished on 1 Jan after 1 working day."), ("en", 5, "Finished on 1 Jan after 5 working days.")],
)
def test_a_sentence_with_a_count(language, used, text):
    source = (
        "{% blocktranslate trimmed with on=day count used=n %}Finished on {{ on }} after {{ used }} working day."
        "{% plural %}Finished on {{ on }} after {{ used }} working days.{% endblocktranslate %}"
    )
    said = drawn(source, language, day="1 Jan", n=used)
    assert said == text or (language == "id" and said.endswith(text.split("setelah")[1]))


def test_what_stands_in_a_sentence_is_escaped_once():
    source = "{% blocktranslate with who=name %}Hello {{ who }}{% endblocktranslate %}"
    assert drawn(source, "en", name="<i>Budi & Co</i>") == "Hello &lt;i&gt;Budi &amp; Co&lt;/i&gt;"
    assert drawn(source, "en", name=mark_safe("<i>Budi</i>")) == "Hello <i>Budi</i>"
    named = "{% blocktranslate with who=name asvar text %}Hello {{ who }}{% endblocktranslate %}[{{ text }}]"
    assert drawn(named, "en", name="<b>") == "[Hello &lt;b&gt;]"


def test_a_sentence_takes_names_of_the_page_and_leaves_none_behind():
    source = "{% blocktranslate with a=b %}{{ a }} of {{ limit }}{% endblocktranslate %}[{{ a }}]"
    assert drawn(source, "en", b=1, limit=9) == "1 of 9[]"
    assert drawn("{% blocktranslate %}Nothing: {{ missing }}.{% endblocktranslate %}", "en") == "Nothing: ."
    assert drawn("{% blocktranslate with n=5 %}{{ n }} % of all{% endblocktranslate %}", "en") == "5 % of all"


def test_a_translation_with_a_wrong_place_falls_back_to_the_template():
    assert _filled("%(nobody)s", {"who": "Budi"}, "Hello %(who)s") == "Hello Budi"
    assert _filled("100 %", {"who": "Budi"}, "Hello %(who)s") == "Hello Budi"


def test_an_address_without_values_becomes_text():
    template = read('{% url "cases:desk" %}')
    assert is_text(template.nodelist) and template.render(Context()) == "/meja"
    assert not is_text(read('{% url "cases:case" case %}').nodelist)
    assert drawn('{% url "cases:desk" as address %}[{{ address }}]') == "[/meja]"


def test_a_prefix_that_one_request_brought_stands_in_nobody_elses_links():
    set_script_prefix("//evil.example/")
    try:
        template = read('{% url "cases:desk" %}')
        assert template.render(Context()) == "/%2Fevil.example/meja"
    finally:
        set_script_prefix("/")
    assert template.render(Context()) == "/meja"


def test_a_count_takes_names_given_beside_it_and_must_be_a_number():
    source = (
        "{% blocktranslate with n=many count used=n %}{{ n }}: {{ used }} day{% plural %}{{ n }}: {{ used }} days"
        "{% endblocktranslate %}[{{ n }}{{ used }}]"
    )
    assert drawn(source, "en", many=1) == "1: 1 day[]" and drawn(source, "en", many=2) == "2: 2 days[]"
    with pytest.raises(TemplateSyntaxError, match="number"):
        drawn(source, "en", many="two")


def test_an_address_that_this_instance_does_not_have_is_an_error_only_where_it_is_drawn():
    source = '{% if shown %}{% url "nobody:nothing" %}{% endif %}'
    assert drawn(source, shown=False) == ""
    with pytest.raises(NoReverseMatch):
        drawn(source, shown=True)


def test_a_file_becomes_text_and_a_named_one_does_not():
    template = read("{% static 'ui/css/desk.css' %}")
    assert is_text(template.nodelist) and template.render(Context()).startswith("/static/ui/css/desk")
    assert drawn("{% static name %}", name="ui/css/desk.css").startswith("/static/ui/css/desk")


def test_a_broken_tag_is_still_named_when_read():
    with pytest.raises(TemplateSyntaxError):
        read("{% translate %}")
