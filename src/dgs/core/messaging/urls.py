"""Addresses of the pages of messages, broadcasts and reminders."""

from django.urls import path

from dgs.core.messaging.views import broadcasts, conversation, figures, helpdesk, outbox, phone, providers, reminders, senders

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
    path("siaran", broadcasts.broadcasts, name="broadcasts"),
    path("siaran/baru", broadcasts.write, name="new_broadcast"),
    path("siaran/topik", broadcasts.topics, name="topics"),
    path("siaran/<int:broadcast_id>", broadcasts.broadcast, name="broadcast"),
    path("siaran/<int:broadcast_id>/ubah", broadcasts.write, name="change_broadcast"),
    path("siaran/<int:broadcast_id>/kirim", broadcasts.send, name="send_broadcast"),
    path("siaran/<int:broadcast_id>/hentikan", broadcasts.stop, name="stop_broadcast"),
    path("siaran/<int:broadcast_id>/tidak-sampai.csv", broadcasts.undelivered, name="undelivered"),
    path("pengingat", reminders.month, name="reminders"),
    path("pengingat/hari/<str:day>.csv", reminders.export, name="reminders_export"),
    path("pengingat/hari/<str:day>", reminders.day, name="reminders_day"),
    path("pengingat/tangan", reminders.by_hand, name="reminders_by_hand"),
    path("pengingat/tangan/baru", reminders.make, name="reminder_new"),
    path("pengingat/tangan/<int:reminder_id>", reminders.change, name="reminder"),
    path("pengingat/tangan/<int:reminder_id>/batalkan", reminders.cancel, name="reminder_cancel"),
    path("akun/pengingat", reminders.own, name="own_reminders"),
]
