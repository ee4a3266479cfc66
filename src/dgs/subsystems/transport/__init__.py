"""Transport services; the centre does the rest."""
