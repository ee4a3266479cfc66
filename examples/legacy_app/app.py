"""An office's old application that lets people in through DGS and shows what its scopes allow; nothing of DGS is imported."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, redirect, render_template, request, session, url_for

# Who is signed in, by the name in their cookie: tokens stay on the server. A real application keeps this in its database.
PEOPLE: dict[str, dict] = {}


def make_app(*, issuer: str, client_id: str, secret: str, scope: str) -> Flask:
    """The application, for the DGS at `issuer`."""
    app = Flask(__name__, root_path=str(Path(__file__).parent))
    app.secret_key = secrets.token_bytes(32)
    app.config.update(SESSION_COOKIE_NAME="arsip", SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True)
    dgs = OAuth(app).register(
        "dgs", client_id=client_id, client_secret=secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": scope, "code_challenge_method": "S256"},
    )

    def person() -> dict | None:
        return PEOPLE.get(session.get("person", ""))

    @app.get("/")
    def home():
        return render_template("home.html", person=person(), scope=scope, error="")

    @app.get("/masuk")
    def sign_in():
        return dgs.authorize_redirect(url_for("back", _external=True))

    @app.get("/kembali")
    def back():
        try:
            token = dgs.authorize_access_token()  # checks state, nonce, issuer, audience, signature and at_hash
        except OAuthError as refusal:
            return render_template("home.html", person=None, scope=scope, error=refusal.error), 403
        session.clear()
        session["person"] = secrets.token_urlsafe(24)
        PEOPLE[session["person"]] = {"token": token, "claims": dict(dgs.userinfo(token=token))}
        return redirect(url_for("home"))

    @app.post("/segarkan")
    def renew():
        found = person()
        if found is None:
            return redirect(url_for("home"))
        metadata = dgs.load_server_metadata()
        try:
            with OAuth2Session(client_id, secret) as client:
                found["token"] = dict(client.refresh_token(metadata["token_endpoint"], found["token"]["refresh_token"]))
            found["claims"] = dict(dgs.userinfo(token=found["token"]))
        except OAuthError as refusal:
            PEOPLE.pop(session.pop("person"), None)
            return render_template("home.html", person=None, scope=scope, error=refusal.error), 403
        return redirect(url_for("home"))

    @app.get("/keluar")
    def sign_out():
        found = PEOPLE.pop(session.pop("person", ""), None)
        if found is None:
            return redirect(url_for("home"))
        asked = {"id_token_hint": found["token"]["id_token"], "post_logout_redirect_uri": request.host_url}
        return redirect(f"{dgs.load_server_metadata()['end_session_endpoint']}?{urlencode(asked)}")

    return app


if __name__ == "__main__":
    make_app(
        issuer=os.environ.get("DGS_ISSUER", "http://127.0.0.1:8000"),
        client_id=os.environ.get("CLIENT_ID", "arsip-lama-demo"), secret=os.environ.get("CLIENT_SECRET", "hanya-untuk-demo"),
        scope=os.environ.get("SCOPE", "openid profile staff"),
    ).run(host="127.0.0.1", port=int(os.environ.get("PORT", "8090")))
