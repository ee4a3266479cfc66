"""An error of the API as problem details (RFC 9457); which error it is, the caller says."""

from __future__ import annotations

from django.http import JsonResponse


def problem(*, status: int, code: str, title: str, **more) -> JsonResponse:
    """`code` is stable and part of the API, `title` is for people; `more` are further members."""
    body = {"type": f"urn:dgs:problem:{code}", "title": title, "status": status, "code": code, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")
