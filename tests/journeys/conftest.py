"""Settings of the journeys: Playwright runs a loop in the test's own thread, which Django would refuse to work in."""

import os

if os.environ.get("CHROMIUM"):
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
