"""What pages of messaging ask; what is refused for other reasons is in the actions."""
