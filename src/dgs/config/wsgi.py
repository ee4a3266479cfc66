"""The WSGI entry that the web server loads; nothing else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dgs.config.settings")
application = get_wsgi_application()
