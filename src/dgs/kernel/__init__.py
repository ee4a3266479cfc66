"""The frame every room hangs on: manifests, registry, errors, events, guards; no models, no pages."""
