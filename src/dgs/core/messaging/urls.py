"""Addresses of the outbox."""

from django.urls import path

from dgs.core.messaging import views
from dgs.core.messaging import views_broadcasts as broadcasts

app_name = "messaging"
urlpatterns = [
    path("pesan", views.outbox, name="outbox"),
    path("siaran", broadcasts.broadcasts, name="broadcasts"),
    path("siaran/baru", broadcasts.write, name="new_broadcast"),
    path("siaran/topik", broadcasts.topics, name="topics"),
    path("siaran/<int:broadcast_id>", broadcasts.broadcast, name="broadcast"),
    path("siaran/<int:broadcast_id>/ubah", broadcasts.write, name="change_broadcast"),
    path("siaran/<int:broadcast_id>/kirim", broadcasts.send, name="send_broadcast"),
    path("siaran/<int:broadcast_id>/hentikan", broadcasts.stop, name="stop_broadcast"),
    path("siaran/<int:broadcast_id>/tidak-sampai.csv", broadcasts.undelivered, name="undelivered"),
    path("pesan/kabar/<slug:sender>", views.told, name="told"),
    path("pesan/<int:message_id>", views.message, name="message"),
    path("pesan/<int:message_id>/kirim-ulang", views.resend, name="resend"),
]
