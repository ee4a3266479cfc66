"""Addresses of the ledger room's pages."""

from django.urls import path

from dgs.core.ledger import views

app_name = "ledger"
urlpatterns = [
    path("bendahara/buku-besar", views.books, name="books"),
    path("bendahara/buku-besar/jurnal.<slug:kind>", views.journal, name="journal"),
    path("bendahara/buku-besar/penerimaan-<slug:by>.<slug:kind>", views.collected_export, name="collected_export"),
    path("bendahara/buku-besar/tutup", views.close, name="close"),
]
