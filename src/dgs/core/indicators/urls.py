"""Addresses of the indicators room's pages."""

from django.urls import path

from dgs.core.indicators import views

app_name = "indicators"
urlpatterns = [path("pimpinan", views.executive, name="executive")]
