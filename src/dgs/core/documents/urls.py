"""Addresses of documents: files, issued documents and public verification."""

from django.urls import path

from dgs.core.documents import views

app_name = "documents"
urlpatterns = [
    path("berkas/<uuid:file_id>", views.file, name="file"),
    path("dokumen/<uuid:document_id>.pdf", views.issued, name="issued"),
    path("dokumen/<uuid:document_id>/cabut", views.withdraw, name="withdraw"),
    path("verifikasi", views.verify_start, name="verify_start"),
    path("verifikasi/akar.crt", views.root_certificate, name="root_certificate"),
    path("verifikasi/<str:code>", views.verify, name="verify"),
]
