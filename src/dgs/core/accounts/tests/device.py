"""A passkey device in software for HTTP tests: makes and uses keys as WebAuthn describes; it can be told to cheat."""

import json
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, CollectedClientData

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


class Device:
    """One passkey; `origin` is where its browser believes to be."""

    def __init__(self, origin="https://layanan.contoh.example", host="layanan.contoh.example"):
        self.origin, self.host = origin, host
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.counter = 0
        self.flags = PRESENT | VERIFIED
        self.owner = b""

    def _client_data(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def create(self, options):
        """What the browser sends for a new passkey."""
        wanted = options["publicKey"]
        self.owner = websafe_decode(wanted["user"]["id"])
        held = AttestedCredentialData.create(b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key()))
        data = AuthenticatorData.create(sha256(self.host.encode()).digest(), self.flags | WITH_KEY, self.counter, held)
        from fido2 import cbor

        return self._sent({
            "clientDataJSON": websafe_encode(self._client_data("webauthn.create", wanted["challenge"])),
            "attestationObject": websafe_encode(cbor.encode({"fmt": "none", "attStmt": {}, "authData": bytes(data)})),
        })

    def get(self, options, counts=True):
        """What the browser sends for signing in."""
        self.counter += 1 if counts else 0
        client = CollectedClientData(self._client_data("webauthn.get", options["publicKey"]["challenge"]))
        data = AuthenticatorData.create(sha256(self.host.encode()).digest(), self.flags, self.counter)
        signed = self.key.sign(bytes(data) + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._sent({
            "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed), "userHandle": websafe_encode(self.owner),
        })

    def _sent(self, response):
        name = websafe_encode(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response,
                           "clientExtensionResults": {"credProps": {"rk": True}}})
