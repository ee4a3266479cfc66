"""Addresses of the outbox."""

from django.urls import path

from dgs.core.messaging import views

app_name = "messaging"
urlpatterns = [
    path("pesan", views.outbox, name="outbox"),
    path("pesan/kabar/<slug:sender>", views.told, name="told"),
    path("pesan/<int:message_id>", views.message, name="message"),
    path("pesan/<int:message_id>/kirim-ulang", views.resend, name="resend"),
]
