"""Tests that look at the whole tree: walls, names, guards, words, documents."""
