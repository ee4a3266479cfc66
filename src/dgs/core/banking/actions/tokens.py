"""Answers the call for a token (service 73); the check of who asks is in arrivals.py."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from dgs.core.banking import tokens, trace
from dgs.core.banking.arrivals import Call, recognise_client
from dgs.core.banking.reading import read_object
from dgs.core.banking.response_codes import INVALID_FORMAT, SUCCESSFUL, TOKEN, Refusal, reply


def give_token(call: Call) -> dict[str, Any]:
    """A token of a quarter of an hour for a bank that signs as it should. Refuses (Refusal) everybody else."""
    partner = recognise_client(call)
    if read_object(call.body).text("grantType", most=30) != "client_credentials":
        raise Refusal(INVALID_FORMAT, "grantType")
    with transaction.atomic():
        token = tokens.new_token(partner, call.now)
        answer = reply(TOKEN, SUCCESSFUL) | {"accessToken": token, "tokenType": "Bearer", "expiresIn": str(tokens.SECONDS)}
        trace.write(call, answer)
    return answer
