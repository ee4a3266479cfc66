"""Settings and people of the journeys. Playwright runs a loop in the test's own thread, which Django would refuse to work in."""

import io
import os

import pytest

if os.environ.get("CHROMIUM"):
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PASSWORD = "hanya-papan-ketik-7"


@pytest.fixture
def password(loaded_region):
    """Gives a person of the demo region a password that a journey can type: `password("siti")`; answers with the address."""
    from django.contrib.auth import get_user_model

    def give(name: str) -> str:
        user = get_user_model().objects.get(username=f"{name}@dgs.example")
        user.set_password(PASSWORD)
        user.save()
        return user.username

    return give


@pytest.fixture
def enter(loaded_region, live_server):
    """Signs a browser's context in as a person of the demo region, without the page for it: `enter(page.context, "siti")`."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    def sign(context, name: str) -> None:
        client = Client()
        client.force_login(get_user_model().objects.get(username=f"{name}@dgs.example"))
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])

    return sign


@pytest.fixture
def player(users):
    """Moves cases as their people would, on the clock of the machine."""
    from django.utils import timezone

    from dgs.core.cases.tests.conftest import Player

    return Player(users, timezone.now())


@pytest.fixture
def letter(tmp_path) -> str:
    """A PDF as a scanner makes it."""
    from pypdf import PdfWriter

    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(target)
    path = tmp_path / "surat.pdf"
    path.write_bytes(target.getvalue())
    return str(path)


@pytest.fixture
def complaints(page):
    """What the browser complains about: blocked by the policy, missing, thrown."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
