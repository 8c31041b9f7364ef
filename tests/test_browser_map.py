"""The map in a real browser: points are drawn and answer to mouse and keys, on paper and in the dark."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_fixtures import *  # noqa: F403  # fixtures
from click_fixtures import NOON  # noqa: F401
from editors_fixtures import Newsroom, small_newsroom
from werkzeug.serving import make_server
from writing_fixtures import make_key
