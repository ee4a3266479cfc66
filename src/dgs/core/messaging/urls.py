"""Addresses of the outbox and of reminders."""

from django.urls import path

from dgs.core.messaging import reminder_views, views

app_name = "messaging"
urlpatterns = [
    path("pesan", views.outbox, name="outbox"),
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
