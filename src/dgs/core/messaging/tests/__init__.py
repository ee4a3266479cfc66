"""Tests of the messaging room."""
