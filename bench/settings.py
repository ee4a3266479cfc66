"""The settings of the measured server: those of the program, with the yardstick's address added; nothing else differs."""

from dgs.config.settings import *  # noqa: F403 - the very settings that are measured

ROOT_URLCONF = "bench.urls"
