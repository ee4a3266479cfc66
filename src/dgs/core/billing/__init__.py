"""Bills, bank statements and their matching; not why a bill is due."""
