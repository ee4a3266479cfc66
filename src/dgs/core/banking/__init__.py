"""Talks SNAP BI and QRIS with banks and acquirers; what is owed and paid stays in the billing room."""
