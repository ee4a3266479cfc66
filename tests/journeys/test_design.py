"""The design system in a real browser: keyboard, light and dark, small screens, the policy, pages without JavaScript."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PUBLIC = ["/", "/bantuan", "/privasi", "/aksesibilitas", "/kantor", "/style/", "/layanan", "/verifikasi", "/tidak-ada"]


@pytest.fixture(autouse=True)
def demo(settings):
    """The style guide is only there in a demo."""
    settings.DEMO = True


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_pages_fit_the_screen_and_the_policy_has_nothing_to_block(live_server, page, complaints, width):
    page.set_viewport_size({"width": width, "height": 780})
    for path in PUBLIC:
        page.goto(live_server.url + path, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
    assert [one for one in complaints if "404" not in one] == []


def test_the_first_screen_of_a_phone_holds_promise_search_and_tracking(live_server, page):
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(live_server.url)
    for selector in ("h1", "#ask", "#follow"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 780, selector


def test_targets_are_large_enough_for_a_thumb(live_server, page):
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(live_server.url + "/style/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, .button, .choice, input")]
        .filter((e) => !["checkbox", "radio", "hidden"].includes(e.type))
        .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(live_server, page):
    page.goto(live_server.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().width") > 100
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_light_and_dark_switch_at_once_and_stay(live_server, page):
    page.emulate_media(color_scheme="light")
    page.goto(live_server.url)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".site-header__tools [data-scheme-switch] button").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto(live_server.url + "/bantuan")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_a_menu_closes_with_escape_and_gives_the_focus_back(live_server, page):
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(live_server.url)
    summary = page.locator(".site-menu > summary")
    summary.click()
    assert page.locator(".site-menu .dropdown__panel").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".site-menu .dropdown__panel").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_language_and_theme_can_be_chosen_without_javascript(live_server, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(live_server.url)
    page.locator(".site-header__tools button[name=language]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".site-header__tools button[name=scheme]").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    context.close()


def test_an_area_is_found_by_typing_and_chosen_by_keys(live_server, page):
    asked = []

    def answer(route):
        asked.append(route.request.url)
        found = [{"code": f"16.07.0{i}", "name": f"Banyuasin {i}", "label": f"Banyuasin {i}, Sumatera Selatan"} for i in (1, 2)]
        route.fulfill(body=json.dumps({"results": found}), content_type="application/json")

    page.route("**/wilayah/cari**", answer)
    page.goto(live_server.url + "/style/")
    page.locator("#id_area").press_sequentially("banyu")
    page.locator("#id_area-list [role=option]").first.wait_for()
    assert "q=banyu" in asked[-1]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("#id_area").get_attribute("aria-activedescendant") == "id_area-list-1"
    page.keyboard.press("Enter")
    assert page.locator("[name=area]").input_value() == "16.07.02"
    assert page.locator("#id_area").input_value() == "Banyuasin 2, Sumatera Selatan"
    page.locator("#id_area").press_sequentially("x")
    assert page.locator("[name=area]").input_value() == ""


def test_a_file_that_is_too_large_is_told_before_it_is_sent(live_server, page):
    page.goto(live_server.url + "/style/")
    page.set_input_files("#id_letter", {"name": "besar.pdf", "mimeType": "application/pdf", "buffer": b"0" * (6 * 1024 * 1024)})
    said = page.locator("#field-id_letter [data-said]")
    assert "besar.pdf" in said.inner_text()
    assert page.evaluate("document.getElementById('id_letter').files.length") == 0


def test_coordinates_pasted_as_a_pair_are_taken_apart(live_server, page):
    page.goto(live_server.url + "/style/")
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text", "-2.990934, 104.756554");
        document.getElementById("id_place").dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }"""
    )
    assert page.locator("[name=place-lat]").input_value() == "-2.990934"
    assert page.locator("[name=place-lng]").input_value() == "104.756554"


def test_the_font_arrives_without_moving_the_page(live_server, page):
    page.goto(live_server.url + "/bantuan", wait_until="networkidle")
    shift = page.evaluate(
        """() => new Promise((done) => {
        let sum = 0;
        const add = (list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) sum += one.value; });
        new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
        setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift < 0.1


def test_the_desk_is_walked_by_keys(live_server, page, loaded_region):
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.filter(grants__role="verifier").first())
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + "/meja", wait_until="networkidle")
    page.evaluate(
        """() => { document.getElementById("queue").innerHTML = ["a", "b"].map((one) =>
        `<div data-row><input type="checkbox"><a data-open href="#${one}">${one}</a></div>`).join(""); }"""
    )
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "a"
    page.keyboard.press("x")
    assert page.locator("[data-row] input").first.is_checked()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.url.endswith("#b")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "desk-q"
