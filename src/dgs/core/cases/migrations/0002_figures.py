"""Indexes from which the leaders' figures are read without touching the wide rows of the cases (see figures.py)."""

from django.db import migrations

SQL = """
CREATE INDEX case_figures_closed ON cases_case (closed_at)
  INCLUDE (service_id, office_id, outcome, due_on, days_used) WHERE closed_at IS NOT NULL;
CREATE INDEX case_figures_received ON cases_case (submitted_at) INCLUDE (service_id, office_id);
CREATE INDEX case_figures_open ON cases_case (office_id, service_id)
  INCLUDE (step_due_on, due_on, paused_since, closed_at) WHERE closed_at IS NULL;
"""
UNDO = "DROP INDEX case_figures_closed; DROP INDEX case_figures_received; DROP INDEX case_figures_open;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
