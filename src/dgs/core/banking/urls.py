"""Addresses of the banking room: those that banks call, and the staff's pages."""

from django.urls import path

from dgs.core.banking.views import partners, snap

app_name = "banking"
urlpatterns = [
    path("snap/v1.0/access-token/b2b", snap.token, name="token"),
    path("snap/v1.0/transfer-va/inquiry", snap.inquiry, name="inquiry"),
    path("snap/v1.0/transfer-va/payment", snap.payment, name="payment"),
    path("snap/v1.0/transfer-va/status", snap.status, name="status"),
    path("snap/v1.0/qr/qr-mpm-notify", snap.qr_notify, name="qr_notify"),
    path("sambungan-bank", partners.partners, name="partners"),
    path("sambungan-bank/baru", partners.new, name="new"),
    path("sambungan-bank/pesan/<int:message_id>", partners.message, name="message"),
    path("sambungan-bank/<slug:code>", partners.partner, name="partner"),
    path("sambungan-bank/<slug:code>/ubah", partners.change, name="change"),
    path("sambungan-bank/<slug:code>/kunci", partners.add_key, name="add_key"),
    path("sambungan-bank/<slug:code>/kunci/<int:key_id>/akhiri", partners.end, name="end_key"),
]
