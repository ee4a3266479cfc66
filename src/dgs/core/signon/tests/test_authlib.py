"""The whole way of a sign-on with authlib as the application, over real sockets against a live server."""

import re
import time

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.signon.tests.conftest import BACK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]


def entered(live_server, siti):
    browser = requests.Session()
    page = browser.get(f"{live_server.url}/akun/masuk").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    browser.post(f"{live_server.url}/akun/masuk",
                 {"login": siti.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
    return browser


def agreed(browser, address):
    """Posts the consent page as a browser would; answers where it leads."""
    page = browser.get(address, allow_redirects=False)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    answer = browser.post(address, {"answer": "yes", "csrfmiddlewaretoken": token}, allow_redirects=False)
    return answer.headers["Refresh"].removeprefix("0;url=")


def test_authlib_signs_in_reads_renews_and_revokes(live_server, settings, register, siti):
    settings.BASE_URL = live_server.url
    arsip = register()
    offered = requests.get(f"{live_server.url}/.well-known/openid-configuration", timeout=10).json()
    assert offered["issuer"] == live_server.url
    client = OAuth2Session(arsip.client_id, arsip.secret, scope="openid profile email", redirect_uri=BACK,
                           code_challenge_method="S256")
    verifier = "v" * 64
    address, state = client.create_authorization_url(offered["authorization_endpoint"], code_verifier=verifier, nonce="n-1")
    there = agreed(entered(live_server, siti), address)
    tokens = client.fetch_token(offered["token_endpoint"], authorization_response=there, code_verifier=verifier, state=state)
    keys = KeySet.import_key_set(requests.get(offered["jwks_uri"], timeout=10).json())
    body = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(
        body.claims, body.header, {"iss": {"value": offered["issuer"]}, "aud": {"value": arsip.client_id}},
        {"nonce": "n-1", "client_id": arsip.client_id, "access_token": tokens["access_token"]},
    )
    claims.validate(now=int(time.time()))
    read = client.get(offered["userinfo_endpoint"]).json()
    assert read == {"sub": body.claims["sub"], "name": siti.name, "locale": "id", "email": siti.email, "email_verified": True}
    first = tokens["access_token"]
    renewed = client.refresh_token(offered["token_endpoint"])
    assert renewed["access_token"] != first
    assert client.get(offered["userinfo_endpoint"]).json() == read
    assert client.revoke_token(offered["revocation_endpoint"], renewed["refresh_token"]).status_code == 200
    assert requests.get(offered["userinfo_endpoint"], timeout=10,
                        headers={"Authorization": f"Bearer {renewed['access_token']}"}).status_code == 401
