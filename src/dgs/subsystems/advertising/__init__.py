"""Advertising services; the centre does the rest."""
