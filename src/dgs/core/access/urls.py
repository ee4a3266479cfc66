"""Addresses of the pages of roles and access."""

from django.urls import path

from dgs.core.access.views import acting, deciding, explained, holding, person, reviews, roles, staff_lists

app_name = "access"
urlpatterns = [
    path("akses", holding.home, name="home"),
    path("akses/unduh/<str:kind>", holding.export, name="export"),
    path("akses/unduh/izin/<str:kind>", holding.matrix, name="matrix"),
    path("akses/menunggu", deciding.waiting, name="waiting"),
    path("akses/menunggu/<int:grant_id>", deciding.decide, name="decide"),
    path("akses/menunggu/peran/<int:change_id>", deciding.decide_role, name="decide_role"),
    path("akses/peran", roles.listed, name="roles"),
    path("akses/peran/baru", roles.new, name="new"),
    path("akses/peran/<slug:code>", roles.one, name="one"),
    path("akses/pengganti", acting.stand_in, name="stand_in"),
    path("akses/tinjauan", reviews.listed, name="reviews"),
    path("akses/tinjauan/<int:review_id>", reviews.one, name="review"),
    path("akses/tinjauan/<int:review_id>/unduh/<str:kind>", reviews.export, name="review_export"),
    path("akses/daftar-pegawai", staff_lists.listed, name="staff_lists"),
    path("akses/daftar-pegawai/<int:file_id>", staff_lists.one, name="staff_list"),
    path("akses/mengapa", explained.why, name="why"),
    path("pengguna/<int:pk>/peran", person.grants, name="grants"),
    path("pengguna/<int:pk>/peran/<int:grant_id>/akhiri", person.end, name="end"),
]
