"""Addresses of the billing room's pages."""

from django.urls import path

from dgs.core.billing import views

app_name = "billing"
urlpatterns = [
    path("tagihan/<str:number>", views.bill, name="bill"),
    path("tagihan/<str:number>/keadaan", views.bill_state, name="bill_state"),
    path("tagihan/<str:number>/simulasi", views.simulate, name="simulate"),
    path("bendahara", views.desk, name="desk"),
    path("bendahara/pembayaran.csv", views.payments_export, name="payments_export"),
    path("bendahara/mutasi", views.statements, name="statements"),
    path("bendahara/mutasi/susunan", views.mappings, name="mappings"),
    path("bendahara/persetujuan", views.proposals, name="proposals"),
    path("bendahara/daftar-kerja", views.worklist, name="worklist"),
    path("bendahara/daftar-kerja/<int:line_id>", views.line, name="line"),
    path("bendahara/restitusi", views.refunds, name="refunds"),
    path("bendahara/restitusi.csv", views.refunds_export, name="refunds_export"),
    path("bendahara/konfirmasi", views.confirmations, name="confirmations"),
    path("bendahara/tagihan", views.office_bills, name="office_bills"),
    path("bendahara/tagihan/<str:number>", views.office_bill, name="office_bill"),
    path("kasir", views.counter, name="counter"),
    path("kasir/terima/<str:number>", views.take, name="take"),
    path("kasir/bukti/<int:receipt_id>", views.slip, name="slip"),
    path("kasir/tutup", views.close, name="close"),
    path("kasir/giliran/<int:shift_id>", views.shift, name="shift"),
    path("kasir/setoran", views.counter_cash, name="counter_cash"),
]
