"""Addresses of the outbox and of reminders."""

from django.urls import path

from dgs.core.messaging import reminder_views, views
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
    path("pengingat", reminder_views.month, name="reminders"),
    path("pengingat/hari/<str:day>.csv", reminder_views.export, name="reminders_export"),
    path("pengingat/hari/<str:day>", reminder_views.day, name="reminders_day"),
    path("pengingat/tangan", reminder_views.by_hand, name="reminders_by_hand"),
    path("pengingat/tangan/baru", reminder_views.make, name="reminder_new"),
    path("pengingat/tangan/<int:reminder_id>", reminder_views.change, name="reminder"),
    path("pengingat/tangan/<int:reminder_id>/batalkan", reminder_views.cancel, name="reminder_cancel"),
    path("akun/pengingat", reminder_views.own, name="own_reminders"),
]
