"""Addresses whose names allauth knows (account_login …); only those of its views that DGS uses are mounted."""

from django.urls import path

from dgs.core.accounts.views import entrance, passkeys, signup

urlpatterns = [
    path("masuk", entrance.sign_in, name="account_login"),
    path("masuk/kunci-sandi", passkeys.sign_in, name="mfa_login_webauthn"),
    path("masuk/langkah-kedua", entrance.second_step, name="mfa_authenticate"),
    path("keluar", entrance.sign_out, name="account_logout"),
    path("daftar", signup.contact, name="account_signup"),
    path("lupa", entrance.forgot, name="account_reset_password"),
    path("pastikan", entrance.again, name="account_reauthenticate"),
    path("pastikan/kode", entrance.second_step_again, name="mfa_reauthenticate"),
    path("pastikan/kunci-sandi", passkeys.again, name="mfa_reauthenticate_webauthn"),
    path("keamanan/kunci-sandi", passkeys.add, name="mfa_add_webauthn"),
    path("keamanan", entrance.security, name="mfa_index"),
    path("keamanan/aktifkan", entrance.second_step_on, name="mfa_activate_totp"),
    path("keamanan/matikan", entrance.second_step_off, name="mfa_deactivate_totp"),
    path("keamanan/kode", entrance.recovery_codes, name="mfa_view_recovery_codes"),
    path("keamanan/kode/baru", entrance.recovery_codes_new, name="mfa_generate_recovery_codes"),
    path("keamanan/kode/unduh", entrance.recovery_codes_file, name="mfa_download_recovery_codes"),
]
