"""The API as one OpenAPI document below /api/v1/: routers of the rooms, bearer tokens, errors as problem details."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from dgs.core.access.api import Access, is_second_step_missing
from dgs.core.accounts import api as accounts
from dgs.core.billing.rest import router as billing_router
from dgs.core.cases.rest import router as cases_router
from dgs.core.documents.rest import router as documents_router
from dgs.core.services.rest import router as services_router
from dgs.kernel.errors import InvalidInput, RuleBroken
from dgs.kernel.problems import problem

SAFE = ("GET", "HEAD", "OPTIONS")
WRITES = 60  # in a minute by one account; a hospital that reports every birth of a region needs far fewer

TITLES = {
    400: _("The request could not be read."),
    401: _("A valid bearer token is needed."),
    403: _("You may not do this."),
    404: _("There is nothing at this address."),
}
SHAPES = {
    "missing": _("This has to be given."),
    "string_type": _("This must be a text."),
    "bool_type": _("This must be true or false."),
    "bool_parsing": _("This must be true or false."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "dict_type": _("This must be an object with named values."),
    "model_attributes_type": _("This must be an object with named values."),
    "list_type": _("This must be a list."),
}


class Token(HttpBearer):
    """A bearer token made by `./dgs api-token`."""

    def authenticate(self, request: HttpRequest, token: str):
        user = accounts.user_of_token(token)
        if user is not None and is_second_step_missing(Access(user)):
            return None  # a token must not be the way around what the person's role asks for
        if user is not None and request.method not in SAFE:
            # By account, not by token: whoever is slowed down could make another token.
            accounts.throttle(kind="api-write", key=str(user.pk), limit=WRITES, seconds=60, now=timezone.now())
        return user


api = NinjaAPI(
    title="DGS",
    version="1",
    description=f"""Services, applications, bills and verification of a regional government.

An account may write {WRITES} times in a minute and upload 300 files in an hour; beyond that the answer is 429 with `Retry-After`.
A token of staff works only once the account has set up the second step, where this instance asks for it. Errors are problem
details (RFC 9457) with the paths of fields, in the language of `Accept-Language` (id, en).""",
    auth=Token(),
    urls_namespace="api",
)
api.add_router("", services_router, auth=None)
api.add_router("", cases_router)
api.add_router("", billing_router)
api.add_router("", documents_router, auth=None)


def _title(status: int) -> str:
    return str(TITLES.get(status) or _("This could not be done."))


def _shape(kind: str) -> str:
    """What is wrong with the shape of a value, in the reader's language; the validator's own words are English only."""
    return str(SHAPES.get(kind) or _("This is not of the documented kind."))


@api.exception_handler(RuleBroken)
def refused(request, error: RuleBroken):
    """A rule said no."""
    more = {}
    if isinstance(error, InvalidInput) and error.errors:
        more["errors"] = [{"path": path, "messages": found} for path, found in error.errors.items()]
    answer = problem(status=error.status, code=error.code, title=str(error) or _title(error.status), **more)
    if isinstance(error, accounts.TooManyAttempts):
        answer["Retry-After"] = str(error.wait)
    return answer


@api.exception_handler(ValidationError)
def malformed(request, error: ValidationError):
    """The request does not have the documented shape."""
    errors = [
        {
            "path": ".".join(str(part) for part in e["loc"][2:] or e["loc"]),
            "messages": [_shape(e["type"])],
            "detail": e["msg"],
        }
        for e in error.errors
    ]
    return problem(
        status=422, code="malformed", title=gettext("The request does not have the documented shape."), errors=errors
    )


@api.exception_handler(AuthenticationError)
def unauthorised(request, error: AuthenticationError):
    """No token, or one that is not known, revoked or past its time."""
    response = problem(status=401, code="unauthorised", title=_title(401))
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def http_error(request, error: HttpError):
    """Whatever the framework refuses."""
    if isinstance(error.__cause__, SuspiciousOperation):
        raise error.__cause__  # more than is read at once: answered where the pages are, see portal.views.unreadable
    return problem(status=error.status_code, code="http-error", title=_title(error.status_code))
