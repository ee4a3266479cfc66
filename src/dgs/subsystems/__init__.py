"""The subsystems of the offices, one folder each; none imports another."""
