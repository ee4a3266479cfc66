"""Addresses of the audit record, and of what is published of it."""

from django.urls import path

from dgs.core.audit import public_views, views

app_name = "audit"
urlpatterns = [
    path("audit", views.log, name="log"),
    path("audit/unduh", views.export, name="export"),
    path("audit/periksa", views.check, name="check"),
    path("akar-audit", public_views.roots, name="roots"),
    path("akar-audit.json", public_views.roots_json, name="roots_json"),
    path("akar-audit.csv", public_views.roots_csv, name="roots_csv"),
    path("akar-audit/<str:day>.tst", public_views.token, name="token"),
]
