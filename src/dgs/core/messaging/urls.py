"""Addresses of the messages' pages."""

from django.urls import path

from dgs.core.messaging.views import conversation, figures, helpdesk, outbox, phone, providers, senders

app_name = "messaging"
urlpatterns = [
    path("pesan", outbox.outbox, name="outbox"),
    path("pesan/daftar.<slug:kind>", outbox.export, name="export"),
    path("pesan/gagal", outbox.dead, name="dead"),
    path("pesan/gagal/kirim-ulang", outbox.resend_several, name="resend_several"),
    path("pesan/masuk", conversation.inbox, name="inbox"),
    path("pesan/masuk/<int:inbound_id>/lagi", conversation.again, name="handle_again"),
    path("pesan/percakapan/<slug:number>", conversation.conversation, name="conversation"),
    path("pesan/percakapan/<slug:number>/jawab", conversation.write, name="answer"),
    path("pesan/bantuan", helpdesk.never_arrived, name="help"),
    path("pesan/angka", figures.show, name="figures"),
    path("pesan/angka/biaya.<slug:kind>", figures.export, name="figures_export"),
    path("pesan/angka/batas", figures.cap, name="cap"),
    path("pesan/pengirim", senders.senders, name="senders"),
    path("pesan/pengirim/baru", senders.new, name="sender_new"),
    path("pesan/pengirim/atur/<slug:name>", senders.sender, name="sender"),
    path("pesan/pengirim/atur/<slug:name>/pakai", senders.switch, name="sender_switch"),
    path("pesan/pengirim/atur/<slug:name>/uji", senders.test, name="sender_test"),
    path("pesan/telepon", phone.send, name="phone_send"),
    path("pesan/telepon/<slug:number>", phone.thread, name="phone_thread"),
    path("pesan/kabar/<slug:sender>", providers.told, name="told"),
    path("pesan/<int:message_id>", outbox.message, name="message"),
    path("pesan/<int:message_id>/kirim-ulang", outbox.resend, name="resend"),
]
