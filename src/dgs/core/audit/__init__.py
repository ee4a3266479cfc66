"""The chained record of who did and who read what; it knows nothing of what was done."""
