"""The program's addresses and the yardsticks: bare views with one indexed SELECT each in the same project on the same server."""

import random

from django.http import HttpResponse
from django.urls import path

from dgs.config.urls import handler400, handler500, urlpatterns
from dgs.core.billing.models import Bill
from dgs.core.cases.api import Case
from dgs.kernel.guards import public

__all__ = ["handler400", "handler500", "urlpatterns"]


@public
def bare(request):
    """One row by its primary key, as text."""
    found = Case.objects.filter(pk=random.randint(1, 20_000)).values_list("reference", "title").first()
    return HttpResponse(f"{found}")


@public
def bill(request):
    """The same of a bill, for what banks ask about."""
    found = Bill.objects.filter(pk=random.randint(1, 20_000)).values_list("number", "title").first()
    return HttpResponse(f"{found}")


urlpatterns = [path("bench/bare", bare), path("bench/bill", bill), *urlpatterns]
