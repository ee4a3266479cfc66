"""Addresses of the audit record."""

from django.urls import path

from dgs.core.audit import views

app_name = "audit"
urlpatterns = [
    path("audit", views.log, name="log"),
    path("audit/unduh", views.export, name="export"),
    path("audit/periksa", views.check, name="check"),
]
