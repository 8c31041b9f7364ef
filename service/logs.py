"""How processes log: one line each on standard error, without the chatter of libraries."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

TALKATIVE = ("alembic", "sentence_transformers", "transformers", "urllib3", "filelock")
"""Libraries that tell on the level `info` what nobody who runs the service needs."""


def set_up_logging(level: str) -> None:
    """Log from this level on (`debug`, `info`, …)."""
    logging.basicConfig(level=level.upper(), format=FORMAT, force=True)
    if level != "debug":
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
