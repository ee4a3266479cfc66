"""Pages of the cases room, by audience: apply, citizen, desk, counter."""
