"""Figures for leaders, by service, office and day; reads, never writes."""
