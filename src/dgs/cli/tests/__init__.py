"""Tests of the launcher and its verbs."""
