"""Finds templates and keeps them as read, once for each language, so that fixed words are translated only once; no words here."""

from django.template.loaders import cached
from django.utils.translation import get_language


class Loader(cached.Loader):
    """Django's keeping loader, with the active language in the key: `{% translate %}` is answered when a template is read."""

    def cache_key(self, template_name, skip=None):
        """The name and what is skipped, as Django has it, for the active language."""
        return f"{get_language()}:{super().cache_key(template_name, skip)}"
