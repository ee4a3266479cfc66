"""Typing a one-time code, wherever one was sent: another code, the refusals, the form; what it proves is the caller's."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dgs.core.accounts.forms import CodeForm
from dgs.core.accounts.throttle import TooManyAttempts
from dgs.kernel.errors import InvalidInput


def typed_code(
    request: HttpRequest, *, here: str, again: Callable[[], None], prove: Callable[[str], HttpResponse],
    draw: Callable[[CodeForm], HttpResponse],
) -> HttpResponse:
    """The answer of a page that asks for a code; `here` is the name of its address.

    `again` sends another code, `prove` takes what was typed and leads on, `draw` shows the form, refusals beside it.
    """
    wants_another = "_again" in request.POST
    form = CodeForm(request.POST if request.method == "POST" and not wants_another else None)
    try:
        if wants_another:
            again()
            messages.success(request, _("A new code is on its way."))
            return redirect(here)
        if form.is_valid():
            return prove(form.cleaned_data["code"])
    except InvalidInput as refusal:
        form.refuse(refusal)
    except TooManyAttempts as refusal:
        messages.error(request, str(refusal))
        return redirect(here)
    return draw(form)
