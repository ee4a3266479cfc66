"""Addresses of the access pages."""

from django.urls import path

from dgs.core.access import views

app_name = "access"
urlpatterns = [
    path("pengguna/<int:pk>/peran", views.grants, name="grants"),
    path("pengguna/<int:pk>/peran/<int:grant_id>/akhiri", views.end, name="end"),
]
