"""Registers the design system with Django; nothing else."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The design system's application configuration."""

    name = "dgs.ui"
    label = "ui"
