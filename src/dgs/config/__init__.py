"""Settings, root addresses and the list of installed rooms; no business rule stands here."""
