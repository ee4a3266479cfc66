"""Root addresses: each room with pages hangs its own `urls.py` here; the API is mounted below /api/v1/."""

from django.urls import include, path

from dgs.config.rest import api

urlpatterns = [
    path("api/v1/", api.urls),
    # Banks call more often than anybody else, and each pattern before theirs is tried at each call.
    path("", include("dgs.core.banking.urls")),
    path("", include("dgs.core.audit.urls")),
    path("", include("dgs.core.regions.urls")),
    path("", include("dgs.core.messaging.urls")),
    path("", include("dgs.core.documents.urls")),
    path("", include("dgs.core.signon.urls")),
    path("", include("dgs.core.ledger.urls")),
    path("", include("dgs.core.billing.urls")),
    path("", include("dgs.core.services.urls")),
    path("", include("dgs.core.stewardship.urls")),
    path("", include("dgs.core.cases.urls")),
    path("", include("dgs.core.indicators.urls")),
    path("akun/", include("dgs.core.accounts.entrance_urls")),
    path("", include("dgs.core.accounts.urls")),
    path("", include("dgs.core.access.urls")),
    path("", include("dgs.core.organisations.urls")),
    path("", include("dgs.core.portal.urls")),
]

handler400 = "dgs.core.portal.views.unreadable"
handler404 = "dgs.core.portal.views.missing"
handler500 = "dgs.core.portal.views.failed"
