"""What every page gets as `dgs`: menus, language, light or dark; asks the database only for a signed-in person's grants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from dgs.kernel import registry
from dgs.kernel.manifest import MenuItem, Text

SCHEMES = {"light", "dark"}


def address(name: str) -> str:
    """The address of a named page, or empty when this instance does not have it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@dataclass(frozen=True)
class Link:
    """A menu item as the page shows it."""

    label: Text
    url: str
    icon: str
    current: bool
    count: int = 0


class Surroundings:
    """Everything around the content of a page; each part is worked out when a template asks for it."""

    def __init__(self, request) -> None:
        self.request = request

    @cached_property
    def looks(self) -> tuple:
        """All that what stands around the content depends on, but for the language, the token and the address."""
        request = self.request
        match = getattr(request, "resolver_match", None)
        who: tuple = ()
        if self._signed_in:
            access = getattr(request, "access", None)
            # `counted`: what a view has just changed of what is counted beside the links; elsewhere it is half a minute old.
            counted = getattr(request, "counted", None)
            who = (request.user.pk, request.user.name, tuple(access.grants) if access else (), counted)
        return who, self.scheme, match.view_name if match else "", request.GET.get("q", "")

    @property
    def scheme(self) -> str:
        """ "light" or "dark" when the person has chosen, else empty: the system decides."""
        chosen = self.request.COOKIES.get("dgs_theme", "")
        return chosen if chosen in SCHEMES else ""

    @cached_property
    def site_menu(self) -> list[Link]:
        """The menu of the public site."""
        return self._links("site")

    @cached_property
    def account_menu(self) -> list[Link]:
        """The person's own pages."""
        return self._links("account") if self._signed_in else []

    @cached_property
    def waiting(self) -> int:
        """How many new things wait for the person behind the links of the account."""
        return sum(link.count for link in self.account_menu)

    @cached_property
    def desk_menu(self) -> list[Link]:
        """The menu of staff: what the person's roles open."""
        return self._links("desk") if self.is_staff else []

    @cached_property
    def footer_menu(self) -> list[Link]:
        """The site's menu and the pages every public site must have."""
        from dgs.core.portal.manifest import FOOTER

        return self.site_menu + [link for item in FOOTER if (link := self._link(item))]

    @cached_property
    def is_staff(self) -> bool:
        """Whether the person holds a role of staff."""
        return bool(self._signed_in and getattr(self.request, "access", None) and self.request.access.is_staff)

    @property
    def is_demo(self) -> bool:
        """Whether this instance is a demo."""
        return settings.DEMO

    @property
    def desk_url(self) -> str:
        """Where staff work; empty for others."""
        if not self.is_staff:
            return ""
        links = self.desk_menu
        desk = address("cases:desk")
        return desk if any(link.url == desk for link in links) else (links[0].url if links else "")

    @property
    def desk_search_url(self) -> str:
        """Where the search of the desk leads; empty for those whose roles have no queue."""
        desk = address("cases:desk")
        return desk if any(link.url == desk for link in self.desk_menu) else ""

    @property
    def why_url(self) -> str:
        """Where it is explained why somebody may or may not do something."""
        return address("access:why")

    @property
    def sign_in_url(self) -> str:
        """The sign-in page."""
        return address("account_login")

    @property
    def sign_out_url(self) -> str:
        """Where signing out is posted."""
        return address("account_logout")

    @property
    def app_manifest_url(self) -> str:
        """What a browser reads to install this site as an application."""
        return address("messaging:app_manifest")

    @property
    def language_url(self) -> str:
        """Where a choice of language is posted."""
        return address("portal:language")

    @property
    def scheme_url(self) -> str:
        """Where a choice of light or dark is posted."""
        return address("portal:scheme")

    @property
    def _signed_in(self) -> bool:
        user = getattr(self.request, "user", None)
        return bool(user and user.is_authenticated)

    def _links(self, area: str) -> list[Link]:
        access = getattr(self.request, "access", None)
        links = [
            link
            for item in registry.menu(area)
            if item.needs is None or (access and access.allows(item.needs))
            if (link := self._link(item))
        ]
        # A page below one of the menu belongs to the nearest above it.
        above = [link for link in links if self.request.path.startswith(link.url.rstrip("/") + "/")]
        if above and not any(link.current for link in links):
            nearest = max(above, key=lambda link: len(link.url))
            links = [replace(link, current=link is nearest) for link in links]
        return links

    def _link(self, item: MenuItem) -> Link | None:
        url = address(item.url_name)
        if not url:
            return None
        match = getattr(self.request, "resolver_match", None)
        # Not for staff: the pages they open all day ask for nothing that is not of their work (decision 0016).
        count = item.count(self.request.user) if item.count and self._signed_in and not self.is_staff else 0
        return Link(item.label, url, item.icon, bool(match and match.view_name == item.url_name), count)


def page(request):
    """Context of every template: `dgs`, the surroundings of the page."""
    return {"dgs": Surroundings(request)}
