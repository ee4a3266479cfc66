"""The lists of staff and citizens: a committed number of queries each, and the same number however long the list is."""

from __future__ import annotations

import inspect
import json
import random

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dgs.cli import invented
from tests.architecture.test_guards import own_patterns
from tests.fixtures import QUERY_COUNTS

LISTS = {
    "cases:desk": "verifikator.capil@dgs.example",
    "cases:mine": "siti@dgs.example",
    "billing:desk": "bendahara@dgs.example",
    "billing:statements": "bendahara@dgs.example",
    "billing:worklist": "bendahara@dgs.example",
    "audit:log": "auditor@dgs.example",
    "accounts:staff": "admin@dgs.example",
    "organisations:positions": "admin@dgs.example",
    "regions:calendar": "admin@dgs.example",
    "indicators:executive": "pimpinan@dgs.example",
}
MORE = {"cases:desk": "?box=all"}  # few cases leave the box that is shown first empty
NOT_A_LIST_OF_ROWS = {"portal:style"}


def test_a_list_takes_as_many_queries_for_many_cases_as_for_few(loaded_region, monkeypatch, assert_queries):
    from dgs.core.accounts import api as accounts

    now = timezone.now()
    for cases, first_number in ((6, 9101), (24, 9501)):
        monkeypatch.setattr(invented, "CASES", cases)
        invented.Town(now=now, chance=random.Random(cases), first_number=first_number).live()
        for name, login in LISTS.items():
            client = Client()
            client.force_login(accounts.user_by_login(login))
            address = reverse(name) + MORE.get(name, "")
            assert client.get(address).status_code == 200, name
            with assert_queries(f"lists/{name}", cases):
                client.get(address)
    known = json.loads(QUERY_COUNTS.read_text())
    assert {name: known[f"lists/{name} 24"] for name in LISTS} == {name: known[f"lists/{name} 6"] for name in LISTS}


@pytest.mark.django_db
def test_every_view_that_turns_pages_has_a_committed_count():
    committed = {key.rsplit(" ", 1)[0].removeprefix("lists/") for key in json.loads(QUERY_COUNTS.read_text())}
    silent = []
    for _route, entry in own_patterns():
        view = inspect.unwrap(entry.callback)
        source = inspect.getsource(view)
        name = f"{view.__module__.split('.')[2]}:{entry.name}"
        if ("Paginator(" in source or "CountLimited(" in source) and name not in committed | NOT_A_LIST_OF_ROWS:
            silent.append(name)
    assert not silent, silent
