"""Complaints of the public; the centre does the rest."""
