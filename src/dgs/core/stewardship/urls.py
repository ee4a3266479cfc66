"""Addresses of own data and of corrections."""

from django.urls import path

from dgs.core.stewardship.views import corrections, own

app_name = "stewardship"
urlpatterns = [
    path("akun/data", own.mine, name="mine"),
    path("akun/data/dibaca", own.readings, name="readings"),
    path("akun/data/salinan.json", own.copy, name="copy"),
    path("akun/data/<int:party_id>/<slug:attribute>", own.ask, name="ask"),
    path("akun/data/perbaikan/<int:correction_id>/tarik", own.withdraw, name="withdraw"),
    path("data/perbaikan", corrections.listed, name="corrections"),
    path("data/perbaikan/<int:correction_id>", corrections.one, name="correction"),
]
