"""Addresses of the pages of positions."""

from django.urls import path

from dgs.core.organisations import views

app_name = "organisations"
urlpatterns = [
    path("jabatan", views.positions, name="positions"),
    path("jabatan/<int:pk>", views.position, name="position"),
    path("jabatan/<int:pk>/<int:appointment_id>/akhiri", views.end, name="end"),
]
