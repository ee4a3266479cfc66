"""Addresses of the messages' pages."""

from django.urls import path

from dgs.core.messaging.views import outbox, phone, providers

app_name = "messaging"
urlpatterns = [
    path("pesan", outbox.outbox, name="outbox"),
    path("pesan/telepon", phone.send, name="phone_send"),
    path("pesan/telepon/<slug:number>", phone.thread, name="phone_thread"),
    path("pesan/kabar/<slug:sender>", providers.told, name="told"),
    path("pesan/<int:message_id>", outbox.message, name="message"),
    path("pesan/<int:message_id>/kirim-ulang", outbox.resend, name="resend"),
]
