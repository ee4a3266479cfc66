"""Tests across rooms: architecture, contracts, journeys, and what all tests stand on."""
