"""The public home, the staff home, help and error pages; the rooms bring their own pages."""
