"""The WSGI entry that the web server loads: the page cache around Django; nothing else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dgs.config.settings")
django_application = get_wsgi_application()

from dgs.config.pagecache import PageCache  # noqa: E402 - settings must be ready first

application = PageCache(django_application)
