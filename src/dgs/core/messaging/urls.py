"""Addresses of the outbox."""

from django.urls import path

from dgs.core.messaging import account_views, views

app_name = "messaging"
urlpatterns = [
    path("pesan", views.outbox, name="outbox"),
    path("pesan/kabar/<slug:sender>", views.told, name="told"),
    path("akun/pesan", account_views.mine, name="mine"),
    path("akun/pesan/dibaca", account_views.all_read, name="all_read"),
    path("akun/pesan/pilihan", account_views.choices, name="choices"),
    path("akun/pesan/pilihan/nomor", account_views.number, name="number"),
    path("akun/pesan/pilihan/pemberitahuan", account_views.notices, name="notices"),
    path("pemberitahuan.js", account_views.service_worker, name="service_worker"),
    path("aplikasi.webmanifest", account_views.app_manifest, name="app_manifest"),
    path("akun/pesan/<int:message_id>", account_views.mine_one, name="mine_one"),
    path("pesan/<int:message_id>", views.message, name="message"),
    path("pesan/<int:message_id>/kirim-ulang", views.resend, name="resend"),
]
