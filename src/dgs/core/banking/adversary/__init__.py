"""A bank that does to DGS over HTTP whatever banks do, keeps its own true book, and compares it with ours at the end."""
