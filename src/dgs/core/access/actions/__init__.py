"""What changes roles, grants, acting people and reviews, one subject a file."""
