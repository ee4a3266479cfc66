"""Addresses for banks (snap.py) and the staff's page about them (partners.py)."""
