"""Contract tests over everything that manifests and folders declare."""
