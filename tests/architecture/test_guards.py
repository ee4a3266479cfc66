"""Default deny: every address says who may enter, and who may not is sent away."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from dgs.kernel import registry

GUARDED_BY_THEIR_MAKERS = ("allauth.", "ninja.")
PUBLIC_OPERATIONS = {("get", "/services"), ("get", "/services/{slug}"), ("get", "/verify/{code}"), ("post", "/verify")}


def patterns(resolver: URLResolver | None = None, prefix: str = ""):
    """Every address: (its route from the root, its pattern)."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def own_patterns():
    """The addresses whose views are ours."""
    return [(route, entry) for route, entry in patterns() if not maker(entry).startswith(GUARDED_BY_THEIR_MAKERS)]


def maker(entry: URLPattern) -> str:
    """The module a view comes from, also when it is a partial."""
    return getattr(entry.callback, "func", entry.callback).__module__


def example(route: str, entry: URLPattern) -> str:
    """An address of this pattern, with values that fit its converters."""
    for key, converter in entry.pattern.converters.items():
        value = "1"
        if isinstance(converter, UUIDConverter):
            value = "00000000-0000-4000-8000-000000000000"
        elif not isinstance(converter, IntConverter):
            value = "contoh"
        route = re.sub(rf"<[^<>]*\b{key}>", value, route)
    return "/" + re.sub(r"<[^<>]*>", "contoh", route)


def test_every_view_says_who_may_enter():
    silent = [f"/{route} ({e.callback.__module__}.{e.callback.__name__})" for route, e in own_patterns() if guard(e) is None]
    assert not silent, "\n".join(silent)


def test_every_permission_a_view_needs_is_declared_in_a_manifest():
    declared = registry.permissions()
    unknown = [
        f"/{route}: {permission}"
        for route, entry in own_patterns()
        if isinstance(guard(entry), tuple)
        for permission in guard(entry)
        if str(permission) not in declared
    ]
    assert not unknown, "\n".join(unknown)


def test_every_permission_is_held_by_some_role(loaded_region):
    from dgs.core.access.models import Role

    held = {permission for role in Role.objects.all() for permission in role.permissions}
    unheld = sorted(set(registry.permissions()) - held)
    assert not unheld, unheld


def test_every_menu_item_leads_somewhere_and_is_seen_by_those_who_may_enter():
    guards = {}
    for _route, entry in own_patterns():
        guards.setdefault(entry.name, []).append(guard(entry))
    wrong = []
    for room in registry.rooms():
        for item in room.menu:
            name = item.url_name.split(":")[-1]
            if name not in guards:
                wrong.append(f"{room.slug}: {item.url_name} is no address of ours")
            elif item.needs and not any(isinstance(g, tuple) and item.needs in g for g in guards[name]):
                wrong.append(f"{room.slug}: the menu needs {item.needs} for {item.url_name}, the view something else")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_nobody_enters_a_guarded_page_without_signing_in():
    entered = []
    for route, entry in own_patterns():
        if guard(entry) == "public":
            continue
        answer = Client().get(example(route, entry))
        if answer.status_code == 405:
            answer = Client().post(example(route, entry))
        if not (answer.status_code == 302 and "/masuk" in answer["Location"]):
            entered.append(f"/{route}: {answer.status_code}")
    assert not entered, "\n".join(entered)


@pytest.mark.django_db
def test_every_operation_of_the_api_asks_for_a_token_but_those_that_are_for_everybody():
    from dgs.config.rest import api

    entered = []
    for path, operations in api.get_openapi_schema()["paths"].items():
        for method in operations:
            if (method, path.removeprefix("/api/v1")) in PUBLIC_OPERATIONS:
                continue
            address = re.sub(r"{[^}]*}", "contoh", path)
            answer = Client().generic(method.upper(), address, "{}", content_type="application/json")
            if answer.status_code != 401:
                entered.append(f"{method} {path}: {answer.status_code}")
    assert not entered, "\n".join(entered)


def guard(entry: URLPattern):
    """What the view is marked with: "public", "signed_in", a tuple of permissions, or None."""
    return getattr(entry.callback, "guard", None)
