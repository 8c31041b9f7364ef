"""Which generation's every byte was compared already, by the process that starts the others: they need not read it again.

It is told by a variable of the environment, which processes inherit that are started from then on. One that is started later,
in place of one that died, inherits it too; whoever wants every byte compared anew asks for it (`alsoread verify`),
or starts the service again.
"""

import os
from pathlib import Path

VARIABLE = "_ALSOREAD_CHECKED"
"""No setting: those begin with `ALSOREAD_`."""


def note_checked(data: Path, generation: str | None) -> None:
    """Tell processes to be started that a generation of this folder is whole; None that none is known to be."""
    if generation is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = _named(data, generation)


def is_checked(data: Path, generation: str) -> bool:
    """Whether it was compared by the process that started this one."""
    return os.environ.get(VARIABLE) == _named(data, generation)


def _named(data: Path, generation: str) -> str:
    return f"{generation} {data.resolve()}"
