"""The catalogue: versioned service definitions as data, their forms, rules and fees; no running case."""
