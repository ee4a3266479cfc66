"""Addresses of the look-up of regions and of the working calendar."""

from django.urls import path

from dgs.core.regions import views

app_name = "regions"
urlpatterns = [
    path("wilayah/cari", views.search, name="search"),
    path("kalender", views.calendar, name="calendar"),
    path("kalender/tambah", views.add_holiday, name="add_holiday"),
    path("kalender/hapus/<int:holiday_id>", views.remove_holiday, name="remove_holiday"),
]
