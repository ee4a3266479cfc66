"""Addresses of the billing room's pages."""

from django.urls import path

from dgs.core.billing import views

app_name = "billing"
urlpatterns = [
    path("tagihan", views.mine, name="mine"),
    path("tagihan/<str:number>", views.bill, name="bill"),
    path("tagihan/<str:number>/keadaan", views.bill_state, name="bill_state"),
    path("tagihan/<str:number>/simulasi", views.simulate, name="simulate"),
    path("tagihan/<str:number>/konfirmasi", views.confirm, name="confirm"),
    path("tagihan/<str:number>/keberatan", views.dispute, name="dispute"),
    path("tagihan/<str:number>/surat.pdf", views.letter, name="letter"),
    path("tagihan/<str:number>/bukti", views.proof, name="proof"),
    path("tagihan/<str:number>/bukti/<int:payment_id>", views.proof, name="payment_proof"),
    path("bendahara", views.desk, name="desk"),
    path("bendahara/pembayaran.<slug:kind>", views.payments_export, name="payments_export"),
    path("bendahara/harian", views.day, name="day"),
    path("bendahara/harian.<slug:kind>", views.day_export, name="day_export"),
    path("bendahara/piutang", views.receivables, name="receivables"),
    path("bendahara/piutang.<slug:kind>", views.receivables_export, name="receivables_export"),
    path("bendahara/mutasi", views.statements, name="statements"),
    path("bendahara/mutasi/susunan", views.mappings, name="mappings"),
    path("bendahara/persetujuan", views.proposals, name="proposals"),
    path("bendahara/persetujuan/<int:proposal_id>/tarik", views.withdraw_proposal, name="withdraw_proposal"),
    path("bendahara/daftar-kerja", views.worklist, name="worklist"),
    path("bendahara/daftar-kerja/<int:line_id>", views.line, name="line"),
    path("bendahara/daftar-kerja/kanal/<int:receipt_id>", views.receipt, name="receipt"),
    path("bendahara/daftar-kerja/dicatat/<int:payment_id>", views.seen, name="seen"),
    path("bendahara/restitusi", views.refunds, name="refunds"),
    path("bendahara/restitusi.<slug:kind>", views.refunds_export, name="refunds_export"),
    path("bendahara/konfirmasi", views.confirmations, name="confirmations"),
    path("bendahara/tagihan", views.office_bills, name="office_bills"),
    path("bendahara/tagihan/<str:number>", views.office_bill, name="office_bill"),
    path("kasir", views.counter, name="counter"),
    path("kasir/terima/<str:number>", views.take, name="take"),
    path("kasir/bukti/<int:receipt_id>", views.slip, name="slip"),
    path("kasir/tutup", views.close, name="close"),
    path("kasir/giliran/<int:shift_id>", views.shift, name="shift"),
    path("kasir/setoran", views.counter_cash, name="counter_cash"),
    path("kasir/setoran/giliran/<int:shift_id>", views.close_for, name="close_for"),
    path("kasir/setoran/serah/<int:hand_over_id>", views.accept, name="accept"),
    path("kasir/setoran/<int:receipt_id>", views.deposit_slip, name="deposit_slip"),
]
