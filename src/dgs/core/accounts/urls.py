"""Addresses of the accounts pages; those whose names allauth knows stand in entrance_urls."""

from django.urls import path

from dgs.core.accounts.views import by_code, entrance, external, passkeys, profile, signup, staff

app_name = "accounts"
urlpatterns = [
    path("akun/masuk/kode", by_code.by_code, name="by_code"),
    path("akun/masuk/kode/isi", by_code.by_code_typed, name="by_code_typed"),
    path("akun/lupa/kode", entrance.forgot_code, name="forgot_code"),
    path("akun/lupa/sandi", entrance.forgot_password, name="forgot_password"),
    path("akun/daftar/kode", signup.code, name="signup_code"),
    path("akun/daftar/data-diri", signup.person, name="signup_person"),
    path("akun/daftar/kelahiran", signup.birth, name="signup_birth"),
    path("akun/daftar/alamat", signup.home, name="signup_home"),
    path("akun/daftar/periksa", signup.check, name="signup_check"),
    path("akun/daftar/sandi", signup.password, name="signup_password"),
    path("akun/profil", profile.profile, name="profile"),
    path("akun/profil/bahasa", profile.language, name="language"),
    path("akun/profil/sandi", profile.password, name="password"),
    path("akun/profil/kontak", profile.contact, name="contact"),
    path("akun/profil/kontak/kode", profile.contact_code, name="contact_code"),
    path("akun/profil/pin", profile.sms_pin, name="sms_pin"),
    path("akun/profil/pin/hapus", profile.sms_pin_end, name="sms_pin_end"),
    path("akun/masuk/luar/<slug:slug>", external.start, name="external"),
    path("akun/masuk/luar/<slug:slug>/kembali", external.back, name="external_back"),
    path("akun/profil/luar/<slug:slug>", external.link, name="external_link"),
    path("akun/profil/luar/<slug:slug>/lepas", external.unlink, name="external_unlink"),
    path("akun/profil/kunci-sandi/<int:pk>", passkeys.rename, name="passkey_rename"),
    path("akun/profil/kunci-sandi/<int:pk>/hapus", passkeys.remove, name="passkey_remove"),
    path("akun/profil/perangkat", profile.elsewhere, name="elsewhere"),
    path("akun/profil/perangkat/terbuka", profile.sessions, name="sessions"),
    path("akun/profil/perangkat/<str:name>/akhiri", profile.session_end, name="session_end"),
    path("akun/profil/kunci", profile.token, name="token"),
    path("akun/profil/kunci/<int:pk>/akhiri", profile.token_end, name="token_end"),
    path("akun/undangan/<str:token>", staff.invitation, name="invitation"),
    path("pengguna", staff.staff, name="staff"),
    path("pengguna/undang", staff.invite, name="invite"),
    path("pengguna/undangan/<int:pk>/batalkan", staff.withdraw, name="withdraw"),
]
