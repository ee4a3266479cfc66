"""The program's addresses and the yardstick: a bare view with one indexed SELECT in the same project on the same server."""

import random

from django.http import HttpResponse
from django.urls import path

from dgs.config.urls import handler400, handler500, urlpatterns
from dgs.core.cases.api import Case
from dgs.kernel.guards import public

__all__ = ["handler400", "handler500", "urlpatterns"]


@public
def bare(request):
    """One row by its primary key, as text."""
    found = Case.objects.filter(pk=random.randint(1, 20_000)).values_list("reference", "title").first()
    return HttpResponse(f"{found}")


urlpatterns = [path("bench/bare", bare), *urlpatterns]
