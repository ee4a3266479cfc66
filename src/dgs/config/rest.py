"""The API as one OpenAPI document below /api/v1/: routers of the rooms, bearer tokens, errors as problem details."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from dgs.core.accounts import api as accounts
from dgs.core.billing.rest import router as billing_router
from dgs.core.cases.rest import router as cases_router
from dgs.core.documents.rest import router as documents_router
from dgs.core.services.rest import router as services_router
from dgs.kernel.errors import InvalidInput, RuleBroken


class Token(HttpBearer):
    """A bearer token made by `./dgs api-token`."""

    def authenticate(self, request: HttpRequest, token: str):
        return accounts.user_of_token(token)


api = NinjaAPI(
    title="DGS",
    version="1",
    description="Services, applications, bills and verification of a regional government.",
    auth=Token(),
    urls_namespace="api",
)
api.add_router("", services_router, auth=None)
api.add_router("", cases_router)
api.add_router("", billing_router)
api.add_router("", documents_router, auth=None)


def problem(request: HttpRequest, *, status: int, code: str, title: str, **more) -> HttpResponse:
    """An error as RFC 9457 problem details."""
    body = {"type": f"urn:dgs:problem:{code}", "title": title, "status": status, "code": code, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


@api.exception_handler(RuleBroken)
def refused(request, error: RuleBroken):
    """A rule said no."""
    more = {}
    if isinstance(error, InvalidInput) and error.errors:
        more["errors"] = [{"path": path, "messages": found} for path, found in error.errors.items()]
    return problem(request, status=error.status, code=error.code, title=str(error) or error.code, **more)


@api.exception_handler(ValidationError)
def malformed(request, error: ValidationError):
    """The request does not have the documented shape."""
    errors = [
        {"path": ".".join(str(p) for p in e["loc"][2:] or e["loc"]), "messages": [e["msg"]]} for e in error.errors
    ]
    return problem(
        request, status=422, code="malformed", title="The request does not have the documented shape.", errors=errors
    )


@api.exception_handler(AuthenticationError)
def unauthorised(request, error: AuthenticationError):
    """No token, or one that is not known, revoked or past its time."""
    response = problem(request, status=401, code="unauthorised", title="A valid bearer token is needed.")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def http_error(request, error: HttpError):
    """Whatever the framework refuses."""
    return problem(request, status=error.status_code, code="http-error", title=str(error))
