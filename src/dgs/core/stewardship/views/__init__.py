"""Pages of own data and of corrections, one subject a file."""
