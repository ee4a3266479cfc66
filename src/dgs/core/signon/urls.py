"""Addresses of single sign-on: those that programs call, those a person passes through, and the pages."""

from django.urls import path

from dgs.core.signon.views import applications, own, protocol, signing_in

app_name = "signon"
urlpatterns = [
    path(".well-known/openid-configuration", protocol.discovery, name="discovery"),
    path("sso/jwks", protocol.jwks, name="jwks"),
    path("sso/token", protocol.token, name="token"),
    path("sso/userinfo", protocol.userinfo, name="userinfo"),
    path("sso/revoke", protocol.revoke, name="revoke"),
    path("sso/authorize", signing_in.authorize, name="authorize"),
    path("sso/lanjut", signing_in.onward, name="onward"),
    path("sso/keluar", signing_in.sign_out, name="sign_out"),
    path("sso/keluar/ya", signing_in.sign_out_now, name="sign_out_now"),
    path("akun/aplikasi", own.mine, name="mine"),
    path("akun/aplikasi/<int:pk>/cabut", own.withdraw, name="withdraw"),
    path("aplikasi-kantor", applications.applications, name="applications"),
    path("aplikasi-kantor/baru", applications.new, name="new"),
    path("aplikasi-kantor/<slug:client_id>", applications.application, name="application"),
    path("aplikasi-kantor/<slug:client_id>/ubah", applications.change, name="change"),
    path("aplikasi-kantor/<slug:client_id>/rahasia", applications.new_secret, name="new_secret"),
    path("aplikasi-kantor/<slug:client_id>/saklar", applications.turn, name="turn"),
]
