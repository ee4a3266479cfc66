"""Filters and tags: money, dates, icons, questions, error summary, pager, charts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from dgs.ui.fields import Shown
from dgs.ui.formats import NO_BREAK
from dgs.ui.icons import icon_names
from dgs.ui.templatetags.ui import TONES


def drawn(source: str, language: str = "id", **values) -> str:
    with translation.override(language):
        return Template(source).render(Context(values))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "nol rupiah"),
        (11, "sebelas rupiah"),
        (1_000, "seribu rupiah"),
        (21_115, "dua puluh satu ribu seratus lima belas rupiah"),
        (1_001_000, "satu juta seribu rupiah"),
        (1_250_000_000, "satu miliar dua ratus lima puluh juta rupiah"),
    ],
)
def test_money_is_read_aloud_in_indonesian(amount, words):
    assert drawn("{{ v|terbilang }}", "en", v=amount) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "Rp 0"),
        (1250000, "Rp 1.250.000"),
        (Decimal("999999999999"), "Rp 999.999.999.999"),
        ("1500", "Rp 1.500"),
        (-2000, "\u2212Rp 2.000"),
        (Decimal("10.5"), "Rp 11"),
        (None, ""),
        ("", ""),
        ("abc", "abc"),
    ],
)
def test_money_is_written_in_whole_rupiah_with_dots_in_both_languages(value, text):
    for language in ("id", "en"):
        assert drawn("{{ v|rupiah }}", language, v=value) == text.replace(" ", NO_BREAK)


def test_numbers_are_grouped_by_language():
    assert drawn("{{ v|angka }} {{ w|angka:1 }}", v=12345, w=2.55) == "12.345 2,6"
    assert drawn("{{ v|angka }} {{ w|angka:1 }}", "en", v=12345, w=2.55) == "12,345 2.6"
    assert drawn("{{ v|angka }}", v=None) == ""


@pytest.mark.parametrize(
    "value", [date(2026, 5, 3), "2026-05-03", datetime(2026, 5, 2, 18, tzinfo=UTC), "2026-05-02T18:00:00+00:00"]
)
def test_a_date_is_written_with_the_short_month_of_the_language_and_the_local_day(value):
    assert drawn("{{ v|tanggal }}", v=value) == "3 Mei 2026".replace(" ", NO_BREAK)
    assert drawn("{{ v|tanggal }}", "en", v=value) == "3 May 2026".replace(" ", NO_BREAK)


def test_a_date_can_be_written_out_and_nothing_stays_nothing():
    day = date(2026, 11, 22)
    assert drawn('{{ v|tanggal:"full" }}', v=day) == f"Minggu, 22{NO_BREAK}November{NO_BREAK}2026"
    assert drawn("[{{ v|tanggal }}]", v=None) == "[]"
    assert drawn("{{ v|tanggal }}", v="kemarin") == "kemarin"


def test_an_instant_is_written_in_local_time():
    instant = datetime(2026, 11, 22, 1, 5, tzinfo=UTC)
    assert drawn("{{ v|waktu }}", v=instant).replace(NO_BREAK, " ") == "22 Nov 2026, 08.05"
    assert drawn('{{ v|waktu:"zone" }}', v=instant).replace(NO_BREAK, " ") == "22 Nov 2026, 08.05 WIB"


def test_sizes_are_written_the_way_people_read_them():
    assert (
        drawn("{{ a|ukuran }}|{{ b|ukuran }}|{{ c|ukuran }}", a=348211, b=1_230_000, c=None)
        == f"348{NO_BREAK}KB|1,2{NO_BREAK}MB|"
    )


def test_an_icon_without_a_label_is_silent_and_an_unknown_one_is_a_dot():
    assert 'aria-hidden="true"' in drawn('{% icon "search" %}')
    assert 'role="img" aria-label="Cari &amp; temukan"' in drawn('{% icon "search" label=words %}', words="Cari & temukan")
    assert "#circle" in drawn('{% icon "no-such-icon" %}')


def test_every_icon_is_drawn_once_and_every_tone_has_one():
    names = icon_names()
    assert len(names) == len(set(names)) >= 45
    assert set(TONES.values()) <= set(names)


def test_a_status_is_never_colour_alone():
    html = drawn('{% status "late" text %}', text="Terlambat <3 hari>")
    assert "<svg" in html
    assert "Terlambat &lt;3 hari&gt;" in html


TYPES = [
    "text",
    "textarea",
    "integer",
    "decimal",
    "money",
    "date",
    "nik",
    "kk",
    "phone",
    "email",
    "password",
    "url",
    "time",
    "month",
    "code",
]


@pytest.mark.parametrize("kind", TYPES)
def test_a_question_has_a_label_help_and_errors_tied_to_its_control(kind):
    f = Shown(name="x", id="id_x", type=kind, label="Nama <b>", help="Sesuai KTP", errors=["Isi dulu"], required=True, value="1")
    html = drawn("{% field f %}", f=f)
    assert '<label class="field__label" for="id_x">Nama &lt;b&gt;' in html
    assert 'id="id_x"' in html
    assert 'aria-describedby="id_x-help id_x-error"' in html
    assert 'aria-invalid="true"' in html
    assert " required" in html
    assert 'id="id_x-error"' in html


def test_few_answers_are_radio_buttons_and_many_are_a_list():
    few = Shown(name="x", id="id_x", type="choice", label="Pilih", options=[(str(i), f"Pilihan {i}", i == 1) for i in range(3)])
    many = Shown(name="x", id="id_x", type="choice", label="Pilih", options=[(str(i), f"Pilihan {i}", i == 1) for i in range(9)])
    assert drawn("{% field f %}", f=few).count('type="radio"') == 3
    assert "<legend" in drawn("{% field f %}", f=few)
    assert '<option value="1" selected>' in drawn("{% field f %}", f=many)


def test_a_list_can_grow_and_shrink_without_javascript():
    row = [Shown(name="v-0-plate", id="id_v-0-plate", type="text", label="Nomor polisi", required=True)]
    html = drawn("{% field f %}", f=Shown(name="v", id="id_v", type="list", label="Kendaraan", rows=[row]))
    assert 'name="_add" value="v"' in html
    assert 'name="_remove" value="v-0"' in html
    assert 'name="v-0-plate"' in html


def test_a_file_question_says_in_words_what_it_takes():
    f = Shown(
        name="x",
        id="id_x",
        type="file",
        label="Surat",
        accept=("pdf", "jpeg", "png"),
        max_mb=5,
        max_count=3,
        files=[{"id": "7", "name": "a<b>.pdf", "size": 1000, "type": "pdf"}],
    )
    html = drawn("{% field f %}", f=f)
    assert "PDF, JPEG atau PNG, masing-masing paling besar 5 MB, paling banyak 3 berkas" in html
    assert "multiple" in html
    assert 'name="_drop" value="x:7"' in html
    assert "a&lt;b&gt;.pdf" in html


def test_a_place_keeps_its_decimal_point_in_every_language():
    f = Shown(name="p", id="id_p", type="point", label="Letak", value={"lat": -2.7613, "lng": 104.7754})
    html = drawn("{% field f %}", f=f)
    assert 'name="p-lat" value="-2.7613"' in html
    assert 'name="p-lng" value="104.7754"' in html


def test_an_area_offers_its_matches_when_there_are_several():
    plain = Shown(name="r", id="id_r", type="region", label="Desa", text="Pangkalan", value="")
    several = Shown(
        name="r",
        id="id_r",
        type="region",
        label="Desa",
        text="Pangkalan",
        options=[("16.07", "Satu", False), ("16.08", "Dua", False)],
    )
    assert 'name="r-text" value="Pangkalan"' in drawn("{% field f %}", f=plain)
    html = drawn("{% field f %}", f=several)
    assert 'type="radio"' in html
    assert 'value="16.08"' in html
    assert 'name="r-text"' in html


def test_what_the_register_knows_is_shown_and_not_asked():
    html = drawn(
        "{% field f %}",
        f=Shown(name="x", id="id_x", type="text", label="Ibu", locked=True, text="Ratna", source_label="Dari register"),
    )
    assert "Ratna" in html
    assert "<input" not in html


class Sample(forms.Form):
    email = forms.EmailField(label="Surel", max_length=80)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agree = forms.BooleanField()
    hidden = forms.CharField(widget=forms.HiddenInput, initial="rahasia")


def test_a_django_form_is_drawn_by_the_same_templates():
    html = drawn("{% form_fields form %}", form=Sample())
    assert 'type="email"' in html
    assert 'maxlength="80"' in html
    assert html.count('type="radio"') == 2
    assert '<input type="hidden" name="hidden" value="rahasia">' in html


def test_the_error_summary_links_to_every_question_that_needs_mending():
    form = Sample(data={})
    html = drawn("{% error_summary form %}", form=form)
    assert "3 hal perlu diperbaiki" in html or "4 hal perlu diperbaiki" in html
    assert '<a href="#id_email">' in html
    assert drawn("{% error_summary form %}", form=Sample()) == ""


def test_the_error_summary_looks_into_the_rows_of_lists():
    row = [Shown(name="v-0-p", id="id_v-0-p", type="text", label="P", errors=["Salah"])]
    assert '<a href="#id_v-0-p">Salah</a>' in drawn(
        "{% error_summary fs %}", fs=[Shown(name="v", id="id_v", type="list", label="V", rows=[row])]
    )


def test_the_pager_keeps_the_filters_of_the_address():
    html = drawn("{% pager p %}", p=Paginator(range(100), 10).page(3), request=RequestFactory().get("/meja?q=siti&page=3"))
    assert 'href="?q=siti&amp;page=4"' in html
    assert 'aria-current="page"' in html
    assert drawn("{% pager p %}", p=Paginator(range(5), 10).page(1), request=RequestFactory().get("/")).strip() == ""


@pytest.mark.parametrize(("used", "allowed", "tone"), [(0, 5, "active"), (4, 5, "waiting"), (6, 5, "late"), (0, 0, "active")])
def test_the_bar_of_days_warns_before_it_is_late(used, allowed, tone):
    html = drawn("{% daysbar u a %}", u=used, a=allowed)
    assert f"daysbar--{tone}" in html
    assert f"{used} dari {allowed} hari" in html


def test_charts_without_figures_say_so():
    assert "Belum ada angka." in drawn("{% bars rows %}", rows=[])
    assert "Belum ada angka." in drawn("{% trend s l %}", s=[], l=[])
    assert drawn("{% sparkline v %}", v=[3]).strip() == ""


def test_bars_start_at_zero_and_the_longest_is_full():
    html = drawn('{% bars rows "Terlambat" %}', rows=[("Dishub", 20), ("Capil", 5, "/x"), ("Nol", 0)])
    assert 'width="100.00%"' in html
    assert 'width="25.00%"' in html
    assert 'width="0.00%"' in html
    assert '<a href="/x">Capil</a>' in html


def test_a_trend_has_its_numbers_in_a_table_and_commas_do_not_break_its_lines():
    html = drawn('{% trend s l "Masuk" %}', s=[{"label": "Masuk", "values": [1, 2.5, None, 4]}], l=["Jan", "Feb", "Mar", "Apr"])
    assert '<td class="num">2,5</td>' in html
    assert 'points="0.0,' in html
    assert html.count("<tr>") == 5


def test_a_notice_keeps_what_stands_in_it():
    html = drawn('{% notice tone="late" title=t %}<p>{{ x }}</p>{% endnotice %}', t="Awas", x="a<b")
    assert "notice--late" in html
    assert "<p>a&lt;b</p>" in html
    assert "Awas" in html
