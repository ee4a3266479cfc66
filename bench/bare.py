"""A second, harder yardstick: a Django project of one view, one indexed SELECT by hand, and no middleware at all."""

import os
import random

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from dgs.config.settings import database

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    INSTALLED_APPS=[],
    USE_TZ=True,
    DATABASES={"default": database(os.environ["DATABASE_URL"])},
)
django.setup()


def bare(request):
    """One row by its primary key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference, title FROM cases_case WHERE id = %s", [random.randint(1, 20000)])  # noqa: S311
        row = cursor.fetchone()
    return HttpResponse(f"{row[0]} {row[1]}" if row else "none")


urlpatterns = [path("", bare)]
application = get_wsgi_application()
