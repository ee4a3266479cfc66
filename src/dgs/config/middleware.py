"""Three thin layers around every request: safety headers, the language, refusals of rules as pages; no access decisions."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import DataError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation

from dgs.kernel.errors import NoText, OnlyByForm, RuleBroken

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:{tiles}; script-src 'self'; style-src 'self'; font-src 'self'; "
    "object-src 'none'; frame-src 'self'; frame-ancestors {ancestors}; base-uri 'none'; form-action 'self'"
)


class RequestSafety:
    """Adds the Content-Security-Policy and Permissions-Policy to every answer; no NUL in an address goes further.

    PostgreSQL takes NUL in no text, and nobody can type one: in a path it becomes a sign that fits nothing, in a query
    it is left out, however it is put together.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        parts = urlsplit(settings.DGS_TILE_URL)
        self.tiles = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""

    def __call__(self, request):
        request.path_info = request.path_info.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        query = request.META.get("QUERY_STRING", "")
        while "%00" in query:  # "%0%000" without its "%00" is another
            query = query.replace("%00", "")
        request.META["QUERY_STRING"] = query
        response = self.get_response(request)
        ancestors = "'self'" if response.get("X-Frame-Options") == "SAMEORIGIN" else "'none'"
        response.headers.setdefault("Content-Security-Policy", POLICY.format(tiles=self.tiles, ancestors=ancestors))
        response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
        return response


class ChosenLanguage:
    """Indonesian unless the person has chosen otherwise; only the API listens to the Accept-Language header.

    Many phones in Indonesia are set to English by those who sold them: the header says little about the reader.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if request.path_info.startswith("/api/"):
            chosen = translation.get_language_from_request(request)
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or chosen)
        return response


class Refusals:
    """Turns a RuleBroken that a view let through, and Django's empty answer 405, into a page in plain words.

    So it does with NUL in what a form sent, which nothing but a program writes and PostgreSQL takes in no text.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not response.streaming and not response.content:
            page = render(request, "refusal.html", {"refusal": OnlyByForm()}, status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request, exception) -> HttpResponse | None:
        if isinstance(exception, DataError) and "NUL" in str(exception):
            exception = NoText()
        if not isinstance(exception, RuleBroken):
            return None
        return render(request, "refusal.html", {"refusal": exception}, status=exception.status)
