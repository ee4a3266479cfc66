"""Files, letters, signatures and their public verification; not why a letter is due."""
