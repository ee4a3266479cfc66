"""Everything that changes data in the messaging room, by what it is about."""
