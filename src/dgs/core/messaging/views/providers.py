"""What providers call: receipts and SMS they bring; nothing is shown to people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dgs.core.messaging.actions.receipts import take_in
from dgs.core.messaging.keys import opens
from dgs.core.messaging.models import Sender
from dgs.core.messaging.senders import KINDS, program_of
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def told(request: HttpRequest, sender: str) -> HttpResponse:
    """What a provider calls: a receipt or an SMS. Known and new ones are answered alike; 404 without the sender's key.

    The body stays empty, for Kannel sends what it is answered back to the telephone; our answer goes through the outbox. Only
    a provider that asks whether this address is ours is answered with words.
    """
    if not opens(sender, request.GET.get("kunci", "")):
        raise NotFound
    row = Sender.objects.filter(name=sender).first()
    if row is None or row.kind not in KINDS:
        raise NotFound
    program = program_of(row)
    try:
        greeting = program.greet(request)
        if greeting is not None:
            return HttpResponse(greeting, content_type="text/plain; charset=utf-8")
        things = list(program.read(request))
    except (ValueError, KeyError):
        return HttpResponse(status=400)
    take_in(row, things, now=timezone.now())
    return HttpResponse()
