"""The pages and end points of single sign-on: one file for each kind of reader."""
