"""Pages of roles and access, one subject a file."""
