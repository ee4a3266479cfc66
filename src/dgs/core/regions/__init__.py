"""Region codes, names and working-day calendars; no boundaries, no offices."""
