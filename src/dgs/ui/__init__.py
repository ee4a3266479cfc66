"""The design system: base templates, components, static files; no models."""
