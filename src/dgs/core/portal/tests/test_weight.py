"""The weight of a first visit: everything the home page makes a browser fetch, packed as the server sends it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.staticfiles import finders

LIMIT = 150_000
PACKED = {".woff2", ".png", ".jpg"}


def fetched(html: str) -> dict[str, int]:
    """Static files that the page or its style sheets ask for, with their bytes on the wire."""
    waiting = re.findall(r"""(?:src|href)="(/static/[^"#]+)""", html)
    found: dict[str, int] = {}
    while waiting:
        address = urlsplit(waiting.pop()).path
        if address in found:
            continue
        path = Path(finders.find(address.removeprefix("/static/")))
        data = path.read_bytes()
        found[address] = len(data) if path.suffix in PACKED else len(gzip.compress(data, 9))
        if path.suffix == ".css":
            waiting += [urljoin(address, url) for url in re.findall(r"""url\(["']?([^"')]+)""", data.decode())]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/bantuan"])
def test_a_first_visit_weighs_less_than_150_kb(client, address):
    html = client.get(address).content
    files = fetched(html.decode())
    total = len(gzip.compress(html, 6)) + sum(files.values())
    assert any(name.endswith(".woff2") for name in files)
    assert total < LIMIT, files
