"""Addresses of the catalogue."""

from django.urls import path

from dgs.core.services import views

app_name = "services"
urlpatterns = [
    path("layanan", views.catalogue, name="catalogue"),
    path("meja/layanan", views.wordings, name="wordings"),
    path("meja/layanan/<slug:slug>", views.wording, name="wording"),
    path("layanan/<slug:slug>", views.detail, name="detail"),
]
