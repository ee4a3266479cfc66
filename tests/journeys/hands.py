"""Somebody who has only a keyboard: every stop must be visible, and nothing holds the focus for ever."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Locator, Page

MOST_STOPS = 140
# A date has parts of its own, and so have a file and a pair of radios: more stops in one element than this is a trap.
MOST_IN_ONE = 6
STOP = """() => {
    const one = document.activeElement;
    if (!one || one === document.body || one === document.documentElement) { return null; }
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    window.dgsStops = window.dgsStops || new Map();
    if (!window.dgsStops.has(one)) { window.dgsStops.set(one, window.dgsStops.size); }
    return {
        number: window.dgsStops.get(one),
        seen: box.width > 1 && box.height > 1 && one.checkVisibility()
            && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
        marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
        name: one.outerHTML.slice(0, 160),
    };
}"""


class Hands:
    """Moves on a page by Tab, Enter, Space, arrows and typing, as `page.keyboard` does, and looks where the focus is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def stop(self) -> dict | None:
        """Where the focus is now; nothing when it has left the page. It has to be seen there."""
        found = self.page.evaluate(STOP)
        if found:
            assert found["seen"], f"the focus is out of sight at {found['name']}"
            assert found["marked"], f"the focus is not marked at {found['name']}"
        return found

    def is_at(self, wanted: Locator) -> bool:
        return wanted.evaluate("one => one === document.activeElement")

    def go_to(self, wanted: Locator, *, back: bool = False) -> None:
        """Tab until the focus is there."""
        wanted = wanted.first
        wanted.wait_for()
        last, inside = None, 0
        for _ in range(MOST_STOPS):
            if self.is_at(wanted):
                self.stop()
                return
            self.press("Shift+Tab" if back else "Tab")
            now = self.stop()
            inside = inside + 1 if now and last and now["number"] == last["number"] else 0
            assert inside <= MOST_IN_ONE, f"the focus does not get out of {now['name']}"
            last = now
        raise AssertionError(f"Tab does not reach {wanted}")

    def press_on(self, wanted: Locator, key: str = "Enter", *, back: bool = False) -> None:
        """Go there and press, and wait for the page that follows."""
        self.go_to(wanted, back=back)
        self.press(key)
        self.page.wait_for_load_state()

    def walk_through(self) -> int:
        """Tab through the whole page until the focus leaves it; how many stops that were."""
        numbers: list[int] = []
        for _ in range(MOST_STOPS * 2):
            self.press("Tab")
            now = self.stop()
            if now is None or (numbers and now["number"] == numbers[0] and now["number"] != numbers[-1]):
                return len(set(numbers))
            numbers.append(now["number"])
            assert numbers[-MOST_IN_ONE - 2 :].count(now["number"]) <= MOST_IN_ONE + 1, f"no way out of {now['name']}"
        raise AssertionError("Tab never leaves the page")

    def fill(self, name: str, text: str) -> None:
        """Go to the control of this name and type."""
        self.go_to(self.page.locator(f"[name='{name}']"))
        self.write(text)

    def fill_date(self, name: str, day: date) -> None:
        """Type a date in the order in which this browser asks its parts."""
        control = self.page.locator(f"[name='{name}']")
        self.go_to(control)
        self.write(f"{day:%d%m%Y}" if self._asks_the_day_first() else f"{day:%m%d%Y}")
        assert control.input_value() == day.isoformat()

    def _asks_the_day_first(self) -> bool:
        """Browsers follow the language of their own menus, which no page can know: try it on an empty page."""
        probe = self.page.context.new_page()
        probe.set_content("<input type=date>")
        probe.focus("input")
        probe.keyboard.type("01022003")
        value = probe.locator("input").input_value()
        probe.close()
        return value == "2003-02-01"

    def choose(self, name: str, value: str, *, back: bool = False) -> None:
        """Choose among radios or in a list by the arrows alone."""
        controls = self.page.locator(f"[name='{name}']")
        controls.first.wait_for()
        if controls.first.evaluate("one => one.tagName") == "SELECT":
            self.go_to(controls, back=back)
            for _ in range(40):
                if controls.input_value() == value:
                    return
                self.press("ArrowDown")
            raise AssertionError(f"{name} does not offer {value}")
        # Tab stops at the chosen one of a group, and at its first when none is chosen.
        chosen = self.page.locator(f"[name='{name}']:checked")
        self.go_to(chosen if chosen.count() else controls, back=back)
        if not chosen.count():
            self.press("Space")
        for _ in range(controls.count()):
            if self.page.locator(f"[name='{name}']:checked").input_value() == value:
                return
            self.press("ArrowDown")
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{name} does not offer {value}")

    def look_up(self, name: str, text: str, code: str) -> None:
        """Type a part of an area's name and choose it in the list by the arrows."""
        box = self.page.locator(f"[name='{name}-text']")
        self.go_to(box)
        self.write(text)
        options = self.page.locator(f"#{box.get_attribute('id')}-list [role=option]")
        options.first.wait_for()
        for _ in range(options.count()):
            self.press("ArrowDown")
            marked = self.page.locator(f"#{box.get_attribute('aria-activedescendant')}")
            if marked.get_attribute("data-code") == code:
                self.press("Enter")
                assert self.page.locator(f"input[type=hidden][name='{name}']").input_value() == code
                return
        raise AssertionError(f"{text!r} does not offer {code}")

    def attach(self, name: str, *files: str) -> None:
        """Stop at the control, which opens the system's own window, and hand over the files."""
        control = self.page.locator(f"input[type=file][name='{name}']")
        self.go_to(control)
        control.set_input_files(list(files))
