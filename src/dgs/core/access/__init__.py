"""Roles and grants: who may do what, where and when; not who a person is."""
