"""What every page gets: region, menus and language; no query unless a template asks."""


def page(request):
    """Context of every template."""
    return {}
