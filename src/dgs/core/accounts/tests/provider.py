"""An OpenID provider on loopback for tests, with its own keys and its own faults; it checks PKCE and the secret as one must."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SECRET = "rahasia-percobaan"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class OpenIdProvider:
    """Serves until closed; `fault` names what it does wrong, `person` is who has signed in there."""

    def __init__(self):
        self.rsa, self.other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.fault, self.alg, self.asked, self.codes = "", "RS256", [], {}
        self.person = {"sub": "orang-1", "name": "Siti Contohwati", "birthdate": "1991-03-12"}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self, {})

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                provider.answer(self, {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()})

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def approve(self, there: str) -> dict:
        """The person says yes on the provider's page: what comes back with the browser."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(there).query).items()}
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        code = f"kode-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, handler, sent):
        path = urlsplit(handler.path).path
        self.asked.append(path)
        if self.fault == f"slow {path}":
            time.sleep(1.5)
        status = 500 if self.fault == f"500 {path}" else 200
        if self.fault == f"redirect {path}":
            handler.send_response(302)
            handler.send_header("Location", f"{self.issuer}/secret")
            handler.end_headers()
            return
        found = {
            "/.well-known/openid-configuration": self.discovery, "/jwks": self.jwks, "/userinfo": self.userinfo,
            "/token": lambda: self.token(handler.headers.get("Authorization", ""), sent),
        }.get(path, dict)()
        if found is None:
            status, found = 400, {"error": "invalid_grant"}
        odd = {f"html {path}": b"<html>", f"nested {path}": b"[" * 200_000}
        body = odd.get(self.fault) or json.dumps(found).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def discovery(self):
        return {
            "issuer": "https://lain.example" if self.fault == "discovery names another" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize", "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint": "http://10.0.0.1/token" if self.fault == "token endpoint inside" else f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }

    def jwks(self):
        one, two = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        return {"keys": [
            {"kty": "RSA", "kid": "r", "use": "sig", "n": number(one.n), "e": number(one.e)},
            {"kty": "EC", "kid": "e", "use": "sig", "crv": "P-256", "x": number(two.x), "y": number(two.y)},
        ]}

    def userinfo(self):
        return {**self.person, "sub": "orang-lain" if self.fault == "userinfo of another" else self.person["sub"]}

    def token(self, authorization, sent):
        asked = self.codes.pop(sent.get("code"), None)
        challenge = b64(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        wanted = "Basic " + base64.b64encode(f"dgs:{SECRET}".encode()).decode()
        if not asked or authorization != wanted or challenge != asked["code_challenge"] or \
                sent["redirect_uri"] != asked["redirect_uri"]:
            return None
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce):
        now, fault = int(time.time()), self.fault
        claims = {
            "iss": "https://lain.example" if fault == "wrong issuer" else self.issuer,
            "aud": "lain" if fault == "wrong audience" else ["dgs", "lain"] if fault == "two audiences" else "dgs",
            "exp": now - 120 if fault == "expired" else now + 300, "iat": now + 900 if fault == "from the future" else now,
            "nonce": "lain" if fault == "wrong nonce" else nonce, "sub": self.person["sub"],
        }
        if fault == "no nonce":
            del claims["nonce"]
        if fault == "no subject":
            claims["sub"] = ""
        if fault == "expiry beyond all":
            claims["exp"] = 10**400
        if fault == "azp of another":
            claims["azp"] = "lain"
        alg = {"alg none": "none", "hs256": "HS256"}.get(fault, self.alg)
        head = {"alg": alg, "typ": "JWT", "kid": "?" if fault == "unknown key" else "e" if alg == "ES256" else "r"}
        signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        if alg == "none":
            return f"{signed}."
        if alg == "ES256":
            r, s = decode_dss_signature(self.ec.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
            return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        key = self.other if fault == "forged" else self.rsa
        done = f"{signed}.{b64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
        return "a.b" if fault == "no token" else done

    def denied(self, there):
        return urlencode({"error": "access_denied", "state": parse_qs(urlsplit(there).query)["state"][0]})
