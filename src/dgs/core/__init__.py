"""The centre: each folder is a room, a Django app whose door is its api.py."""
