"""Civil registration services; the centre does the rest."""
