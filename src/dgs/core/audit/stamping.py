"""Asks an outside authority (RFC 3161) to put its time on a day's root, and believes only what it can check; holds up nothing."""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request

from asn1crypto import cms, core, pem, tsp, x509
from django.conf import settings
from django.db import transaction
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from dgs.core.audit.actions import record, text
from dgs.core.audit.models import DayRoot, TimeStamp
from dgs.kernel.freshness import announce_change
from dgs.kernel.outgoing import opener

SECONDS = 15
# A root that no authority has stamped by then stays without: an outage of a month is a matter for people.
KEPT_ASKING = timedelta(days=30)
MOST_AT_ONCE = 10
FARTHEST = timedelta(days=1)


class Answer(core.Sequence):
    """A TimeStampResp of RFC 3161; asn1crypto's own knows no refusal, for which there is no token."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Refused(Exception):
    """The authority gave no time stamp that can be believed; the text says why, for the log and the page of the auditor."""


def stamp_roots(*, now: datetime) -> int:
    """Ask for the time stamps that are missing, the oldest first; how many came. Stops at the first that did not come.

    No transaction is open while the authority is waited for. What fails is asked again by the next run.
    """
    if not settings.DGS_TSA_URL:
        return 0
    missing = DayRoot.objects.filter(stamp=None, published_at__gte=now - KEPT_ASKING).order_by("day")[:MOST_AT_ONCE]
    for count, root in enumerate(list(missing)):
        subject = f"audit.dayroot:{root.day}"
        try:
            token, info = ask(bytes.fromhex(root.digest), now=now)
        except Refused as refusal:
            record(action="audit.stamp_refused", by=None, subject=subject, now=now, facts={"why": text(refusal, 200)})
            return count
        _keep(root, token, info, now)
    return len(missing)


def _keep(root: DayRoot, token: bytes, info: tsp.TSTInfo, now: datetime) -> None:
    at, authority = info["gen_time"].native, _authority(info)
    with transaction.atomic():
        if TimeStamp.objects.filter(root=DayRoot.objects.select_for_update().get(pk=root.pk)).exists():
            return
        TimeStamp.objects.create(root=root, token=token, authority=authority, stamped_at=at, received_at=now)
        record(action="audit.root_stamped", by=None, subject=f"audit.dayroot:{root.day}", now=now,
               facts={"at": at, "authority": authority, "digest": root.digest})
        announce_change()


def _authority(info: tsp.TSTInfo) -> str:
    name = info["tsa"].native
    told = name.get("common_name") or name.get("organization_name") if isinstance(name, dict) else None
    return text(told or settings.DGS_TSA_URL, 200)


def ask(digest: bytes, *, now: datetime) -> tuple[bytes, tsp.TSTInfo]:
    """The token (DER) for a SHA-256 digest, and what it says.

    Refused unless imprint, nonce, time, signature and certificate are right.
    """
    nonce = secrets.randbits(63) | 1 << 62
    query = tsp.TimeStampReq({
        "version": 1, "nonce": nonce, "cert_req": True,
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest},
    })
    try:
        answer = Answer.load(_sent(query.dump()), strict=True)
        status = answer["status"]["status"].native
        if status not in {"granted", "granted_with_mods"}:
            said = "; ".join(answer["status"]["status_string"].native or [])
            raise Refused(f"the authority answered {status}{': ' + said if said else ''}")
        token = answer["time_stamp_token"]
        info = token["content"]["encap_content_info"]["content"].parsed
        imprint = info["message_imprint"]
        told = (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native, info["nonce"].native)
        at = info["gen_time"].native
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused("the authority's answer is no time stamp") from error
    if told[:2] != ("sha256", digest):
        raise Refused("the time stamp is for something else (imprint)")
    if told[2] != nonce:
        raise Refused("the time stamp answers another request (nonce)")
    if abs(at - now) > FARTHEST:
        raise Refused(f"the time stamp names a time far from ours ({at:%Y-%m-%d %H:%M} UTC)")
    _check_signature(token["content"], digest, at)
    return token.dump(), info


def is_for(token: bytes, digest: str) -> bool:
    """Whether a kept token is for this digest; its signature was checked when it came, and can be by anybody (openssl ts)."""
    try:
        signed = cms.ContentInfo.load(bytes(token), strict=True)["content"]
        return signed["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native.hex() == digest
    except (ValueError, TypeError, KeyError, AttributeError):
        return False


def _sent(query: bytes) -> bytes:
    request = Request(settings.DGS_TSA_URL, data=query, headers={"Content-Type": "application/timestamp-query"})  # noqa: S310
    try:
        with opener().open(request, timeout=SECONDS) as answer:
            return answer.read()
    except OSError as error:
        code = getattr(error, "code", None)
        raise Refused(f"the authority answered with HTTP {code}" if code else "the authority does not answer") from error
    except Exception as error:  # a broken answer raises many things (http.client)
        raise Refused("the authority's answer broke off") from error


def _check_signature(signed: Any, digest: bytes, at: datetime) -> None:
    # It is good when the chain of its certificate ends at one that was entered, and it was valid at that time.
    context = ValidationContext(trust_roots=trusted(), allow_fetching=False, moment=at, revocation_mode="soft-fail")
    quiet = logging.getLogger("pyhanko")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)
    try:
        found = asyncio.run(validate_tst_signed_data(signed, context, lambda _name: digest))
        status = TimestampSignatureStatus(**found)
        is_good = status.intact and status.valid and status.trusted
    except Exception as error:  # whatever a damaged token does to the parser, it is not believed
        raise Refused("the time stamp's signature cannot be read") from error
    finally:
        quiet.setLevel(level)
    if not is_good:
        raise Refused("the time stamp is not signed by the authority that was entered (signature or certificate)")


def trusted() -> list[x509.Certificate]:
    """The certificates in DGS_TSA_CERT, at which the chain of a time stamp must end; Refused when there are none."""
    try:
        ders = pem.unarmor(Path(settings.DGS_TSA_CERT).read_bytes(), multiple=True)
        return [x509.Certificate.load(der) for kind, _headers, der in ders if kind == "CERTIFICATE"]
    except (OSError, ValueError) as error:
        raise Refused("DGS_TSA_CERT names no file with certificates") from error
