"""Public pages from memory: never stale after publishing, never mixed between visitors; the pages themselves are not here."""

import io
import time
from datetime import UTC, datetime

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dgs.config.pagecache import PageCache

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cache(loaded_region):
    """The page cache around the application, with a listener that hears the test's database."""
    made = PageCache(get_wsgi_application())
    ask(made, "/bantuan")
    until = time.monotonic() + 10
    while not made.listener.is_listening and time.monotonic() < until:
        time.sleep(0.05)
    assert made.listener.is_listening
    yield made
    made.listener.end()


def ask(cache, path, *, cookie="", query="", encoding=""):
    """Status, headers and body of a GET."""
    seen = {}

    def start(status, headers, exc_info=None):
        seen["status"], seen["headers"] = status, {name.lower(): value for name, value in headers}

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "HTTP_HOST": "localhost", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    if cookie:
        environ["HTTP_COOKIE"] = cookie
    if encoding:
        environ["HTTP_ACCEPT_ENCODING"] = encoding
    body = b"".join(cache(environ, start))
    return seen["status"], seen["headers"], body


def test_the_second_visitor_costs_no_query(cache):
    first = ask(cache, "/layanan")
    with CaptureQueriesContext(connection) as queries:
        second = ask(cache, "/layanan")
    assert first[2] == second[2]
    assert not queries.captured_queries
    assert "x-dgs-anonymous-page" not in second[1]


def test_publishing_is_seen_at_once(cache, loaded_region):
    from dgs.core.services import api as services

    service = services.current_version("akta-kelahiran").service
    open_page = ask(cache, "/layanan/akta-kelahiran")
    assert ask(cache, "/layanan/akta-kelahiran")[2] == open_page[2]
    services.set_open(service_id=service.pk, is_open=False, by=None, now=datetime.now(UTC))
    until = time.monotonic() + 5
    while ask(cache, "/layanan/akta-kelahiran")[2] == open_page[2] and time.monotonic() < until:
        time.sleep(0.02)
    assert ask(cache, "/layanan/akta-kelahiran")[2] != open_page[2]


def test_a_visitor_with_a_session_is_never_answered_from_memory(cache):
    ask(cache, "/layanan")
    size = len(cache.pages)
    ask(cache, "/layanan", cookie="sessionid=whatever")
    assert len(cache.pages) == size


def test_languages_and_themes_are_kept_apart(cache):
    indonesian = ask(cache, "/layanan")[2]
    english = ask(cache, "/layanan", cookie="django_language=en")[2]
    dark = ask(cache, "/layanan", cookie="dgs_theme=dark")[2]
    assert len({indonesian, english, dark}) == 3
    assert ask(cache, "/layanan")[2] == indonesian
    assert ask(cache, "/layanan", cookie="django_language=en")[2] == english


def test_packed_and_plain_answers_are_kept_apart(cache):
    plain, packed = ask(cache, "/layanan"), ask(cache, "/layanan", encoding="gzip")
    assert "content-encoding" not in plain[1]
    assert packed[1]["content-encoding"] == "gzip"
    assert len(packed[2]) < len(plain[2])


def test_pages_with_a_form_token_are_never_kept(cache):
    size = len(cache.pages)
    ask(cache, "/lacak")
    ask(cache, "/akun/masuk")
    assert len(cache.pages) == size


def test_nothing_is_served_from_memory_while_the_database_cannot_be_heard(cache):
    ask(cache, "/layanan")
    cache.listener.is_listening = False
    with CaptureQueriesContext(connection) as queries:
        ask(cache, "/layanan")
    assert queries.captured_queries


def test_a_cookie_that_is_read_differently_behind_does_not_change_the_page_of_others(cache):
    plain = ask(cache, "/layanan")[2]
    cache.clear()
    crafted = ask(cache, "/layanan", cookie="a b=1; django_language=en")[2]
    assert crafted != plain
    assert ask(cache, "/layanan")[2] == plain


@pytest.mark.parametrize("blank", [b"\xc2\xa0", b"\xe3\x80\x80"])
def test_a_cookie_that_django_reads_otherwise_is_not_kept_for_anybody(cache, blank):
    plain = ask(cache, "/bantuan")[2]
    crafted = (blank + b"django_language=en; " + blank + b"dgs_theme=dark").decode("latin-1")
    ask(cache, "/bantuan", query="x=1", cookie=crafted)
    assert ask(cache, "/bantuan")[2] == plain
    assert b'data-theme="dark"' not in ask(cache, "/bantuan", query="x=1")[2]
