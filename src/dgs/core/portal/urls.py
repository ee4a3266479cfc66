"""Addresses of the portal's pages."""

from django.urls import path

app_name = "portal"
urlpatterns: list = []
