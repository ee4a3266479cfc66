"""What the pages of the billing room ask; one file for each kind of page."""
