"""What programs call: discovery, keys, tokens, userinfo and revocation; no pages, no cookies."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from functools import wraps
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from dgs.core.accounts import api as accounts
from dgs.core.signon import scopes
from dgs.core.signon.actions import sign_ons
from dgs.core.signon.actions.applications import secret_hash
from dgs.core.signon.actions.signing import published_keys
from dgs.core.signon.asking import VERIFIER, application_by_client_id
from dgs.core.signon.errors import Refused
from dgs.core.signon.models import Application
from dgs.kernel.guards import public

WRONG_SECRETS, WITHIN = 10, 300
Called = Callable[[HttpRequest], dict]


def called_by_programs(*methods: str, keep: str = "no-store") -> Callable[[Called], Callable[[HttpRequest], HttpResponse]]:
    """A view that answers JSON to any origin (no cookie counts here), and a refusal as the standard words it."""

    def mark(answer: Called) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @public
        @wraps(answer)
        def view(request: HttpRequest) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response["Access-Control-Allow-Methods"] = ", ".join(methods)
                response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response["Access-Control-Max-Age"] = "3600"
            elif request.method not in methods:
                response = JsonResponse({"error": "invalid_request"}, status=405)
                response["Allow"] = ", ".join(methods)
            else:
                response = _answered(answer, request)
            response["Access-Control-Allow-Origin"] = "*"
            response["Cache-Control"] = keep if response.status_code == 200 else "no-store"
            return response

        return view

    return mark


def _answered(answer: Called, request: HttpRequest) -> JsonResponse:
    try:
        return JsonResponse(answer(request))
    except accounts.TooManyAttempts as refusal:
        response = JsonResponse({"error": "invalid_client", "error_description": "too many wrong secrets"}, status=429)
        response["Retry-After"] = str(refusal.wait)
        return response
    except Refused as refusal:
        said = {"error": refusal.code, **({"error_description": refusal.words} if refusal.words else {})}
        response = JsonResponse(said, status=refusal.status)
        if refusal.status == 401:
            scheme = "Bearer" if refusal.code == "invalid_token" else "Basic"
            response["WWW-Authenticate"] = f'{scheme} realm="dgs"' + (f', error="{refusal.code}"' if scheme == "Bearer" else "")
        return response


@called_by_programs("GET", keep="public, max-age=3600")
def discovery(request: HttpRequest) -> dict:
    """What is offered, and nothing that is not (OpenID Connect Discovery)."""
    here = sign_ons.issuer()
    ways = ["client_secret_basic", "client_secret_post", "none"]
    return {
        "issuer": here,
        "authorization_endpoint": here + reverse("signon:authorize"),
        "token_endpoint": here + reverse("signon:token"),
        "userinfo_endpoint": here + reverse("signon:userinfo"),
        "jwks_uri": here + reverse("signon:jwks"),
        "revocation_endpoint": here + reverse("signon:revoke"),
        "end_session_endpoint": here + reverse("signon:sign_out"),
        "scopes_supported": [scope.code for scope in scopes.SCOPES],
        "claims_supported": [claim for scope in scopes.SCOPES for claim in scope.claims],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_methods_supported": ways,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


@called_by_programs("GET", keep="public, max-age=3600")
def jwks(request: HttpRequest) -> dict:
    """The public keys, the next one among them."""
    return {"keys": published_keys(now=timezone.now())}


@called_by_programs("POST")
def token(request: HttpRequest) -> dict:
    """A code or a refresh token becomes tokens."""
    said, now = _once_each(request), timezone.now()
    application = _proved(request, said)
    kind = said.get("grant_type", "")
    if kind == "authorization_code":
        verifier = said.get("code_verifier", "")
        if not VERIFIER.fullmatch(verifier) or not said.get("code"):
            raise Refused("invalid_request", "code and code_verifier are required")
        return sign_ons.redeem_code(
            application=application, code=said["code"], redirect_uri=said.get("redirect_uri", ""), verifier=verifier, now=now
        )
    if kind == "refresh_token":
        if not said.get("refresh_token"):
            raise Refused("invalid_request", "refresh_token is required")
        asked = said["scope"].split() if said.get("scope") else None
        return sign_ons.renew(application=application, refresh_token=said["refresh_token"], scopes=asked, now=now)
    raise Refused("unsupported_grant_type", "authorization_code or refresh_token")


@called_by_programs("GET", "POST")
def userinfo(request: HttpRequest) -> dict:
    """What the scopes of an access token say of the person, read now."""
    scheme, _sep, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value:
        raise Refused("invalid_token", "an access token in the header Authorization is required", status=401)
    now = timezone.now()
    found = sign_ons.holder_of(value.strip(), now=now)
    return scopes.claims(found.sign_on.application, found.sign_on.user, found.scopes, now=now)


@called_by_programs("POST")
def revoke(request: HttpRequest) -> dict:
    """The application gives a token back (RFC 7009); all of its sign-on end."""
    said = _once_each(request)
    application = _proved(request, said)
    if not said.get("token"):
        raise Refused("invalid_request", "token is required")
    sign_ons.revoke(application=application, token=said["token"], now=timezone.now())
    return {}


def _once_each(request: HttpRequest) -> dict[str, str]:
    if any(len(request.POST.getlist(name)) > 1 for name in request.POST):
        raise Refused("invalid_request", "a parameter stands there twice")
    if any("\x00" in value for value in request.POST.values()):
        raise Refused("invalid_request", "a parameter cannot be read")
    return request.POST.dict()


def _proved(request: HttpRequest, said: dict[str, str]) -> Application:
    """The application that calls, by its secret; wrong secrets are counted by application and by address."""
    client_id, secret = _named(request, said)
    address, now = accounts.client_address(request), timezone.now()
    counted = {"kind": "signon-secret", "key": f"{client_id[:40]}|{address}", "limit": WRONG_SECRETS, "seconds": WITHIN}
    accounts.check_throttle(**counted, now=now)
    found = application_by_client_id(client_id)
    if found is not None and secrets.compare_digest(secret_hash(secret) if secret else "", found.secret_hash):
        return found
    accounts.throttle(**counted, now=now)
    raise Refused("invalid_client", "unknown application or wrong secret", status=401)


def _named(request: HttpRequest, said: dict[str, str]) -> tuple[str, str]:
    scheme, _sep, value = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return said.get("client_id", ""), said.get("client_secret", "")
    if scheme.lower() != "basic" or "client_secret" in said:
        raise Refused("invalid_request", "one way of proving who calls, not two")
    try:
        name, sep, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, sep, secret = "", "", ""
    if not sep:
        raise Refused("invalid_client", "the header Authorization cannot be read", status=401)
    return unquote_plus(name), unquote_plus(secret)
