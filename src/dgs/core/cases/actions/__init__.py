"""Everything that changes drafts and cases, by subject: drafts, submission, transitions, automatic acts, claims."""
