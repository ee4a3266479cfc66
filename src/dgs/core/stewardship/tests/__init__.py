"""Tests of the stewardship room."""
