"""The map in a real browser: points are drawn and answer to mouse and keys, on paper and in the dark."""

from browser_fixtures import *  # noqa: F403  # fixtures
from click_fixtures import NOON  # noqa: F401
