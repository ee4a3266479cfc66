"""Addresses of the portal's pages."""

from django.urls import path

from dgs.core.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("bahasa", views.language, name="language"),
    path("style/", views.style, name="style"),
    path("tampilan", views.scheme, name="scheme"),
]
