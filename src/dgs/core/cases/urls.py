"""Addresses of the cases room's pages."""

from django.urls import path

from dgs.core.cases.views import apply, case, citizen, counter, desk, reports

app_name = "cases"
urlpatterns = [
    path("ajukan/<slug:slug>", apply.start, name="start"),
    path("permohonan", citizen.mine, name="mine"),
    path("permohonan/isi/<uuid:draft_id>/periksa", apply.check, name="check"),
    path("permohonan/isi/<uuid:draft_id>/buang", apply.discard, name="discard"),
    path("permohonan/isi/<uuid:draft_id>/<slug:step_id>", apply.step, name="step"),
    path("permohonan/<str:reference>", citizen.mine_detail, name="mine_detail"),
    path("permohonan/<str:reference>/perbaiki", citizen.correct, name="correct"),
    path("permohonan/<str:reference>/aksi/<slug:action_id>", citizen.applicant_act, name="applicant_act"),
    path("lacak", citizen.track, name="track"),
    path("meja", desk.desk, name="desk"),
    path("meja/banyak", desk.bulk, name="bulk"),
    path("meja/loket", counter.counter, name="counter"),
    path("meja/laporan-sms", reports.reports, name="reports"),
    path("meja/laporan-sms/<int:pk>", reports.answer, name="report_answer"),
    path("meja/berkas/<str:reference>", case.case_page, name="case"),
    path("meja/berkas/<str:reference>/ambil", case.claim, name="claim"),
    path("meja/berkas/<str:reference>/catatan", case.note, name="note"),
    path("meja/berkas/<str:reference>/tanda-terima", counter.receipt, name="receipt"),
    path("meja/berkas/<str:reference>/tanda-terima.svg", counter.receipt_qr, name="receipt_qr"),
    path("meja/berkas/<str:reference>/aksi/<slug:action_id>", case.act, name="act"),
]
