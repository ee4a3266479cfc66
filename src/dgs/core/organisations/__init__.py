"""Offices, positions and who may sign for whom; not what anybody may do in the program."""
