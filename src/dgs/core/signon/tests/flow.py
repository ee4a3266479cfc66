"""What an application and a browser do in a sign-on, step by step, over Django's test client."""

import base64
import hashlib
import json
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from dgs.core.signon.tests.conftest import BACK


def pair():
    """A verifier and its challenge."""
    verifier = secrets.token_urlsafe(48)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def question(application, **more):
    """The address of the authorization endpoint, and the verifier."""
    verifier, challenge = pair()
    asked = {
        "client_id": application.client_id, "redirect_uri": BACK, "response_type": "code", "scope": "openid profile",
        "state": "s1", "nonce": "n1", "code_challenge": challenge, "code_challenge_method": "S256", **more,
    }
    return "/sso/authorize?" + urlencode({key: value for key, value in asked.items() if value is not None}), verifier


def told(answer):
    """What an answer that leads back to the application says, as a dict."""
    address = answer.get("Location") or answer["Refresh"].removeprefix("0;url=")
    assert address.split("?")[0] == BACK, address
    return {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}


def code_of(browser, application, **more):
    """Signs on with consent: the code and the verifier."""
    address, verifier = question(application, **more)
    answer = browser.get(address)
    if answer.status_code == 200:
        answer = browser.post(address, {"answer": "yes"})
    return told(answer)["code"], verifier


def call(browser, application, path="/sso/token", **fields):
    """A call of the application with its secret."""
    proof = base64.b64encode(f"{application.client_id}:{application.secret}".encode()).decode()
    return browser.post(path, fields, headers={"Authorization": f"Basic {proof}"})


def redeem(browser, application, code, verifier, **more):
    """The code for tokens."""
    return call(browser, application, grant_type="authorization_code", code=code, code_verifier=verifier,
                **{"redirect_uri": BACK, **more})


def tokens_of(browser, application, **more):
    """The whole way to tokens."""
    answer = redeem(browser, application, *code_of(browser, application, **more))
    assert answer.status_code == 200, answer.content
    return answer.json()


def renew(browser, application, refresh_token, **more):
    """New tokens for a refresh token."""
    return call(browser, application, grant_type="refresh_token", refresh_token=refresh_token, **more)


def userinfo(browser, tokens):
    """What an access token opens."""
    return browser.get("/sso/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})


def body_of(jwt):
    """The body of a JWT, its signature unchecked."""
    part = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
