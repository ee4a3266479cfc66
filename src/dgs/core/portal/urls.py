"""Addresses of the portal's pages."""

from django.urls import path

from dgs.core.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("masuk/lanjut", views.after_login, name="after_login"),
    path("bantuan", views.help_page, name="help"),
    path("privasi", views.privacy, name="privacy"),
    path("aksesibilitas", views.accessibility, name="accessibility"),
    path("kantor", views.offices, name="offices"),
    path("kantor/<slug:slug>", views.office, name="office"),
    path("bahasa", views.language, name="language"),
    path("tampilan", views.scheme, name="scheme"),
    path("demo", views.demo, name="demo"),
    path("style/", views.style, name="style"),
]
