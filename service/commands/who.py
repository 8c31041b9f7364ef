"""Who calls a command: what the audit log says of changes that came from the command line."""

import getpass


def who_calls() -> str:
    """The system's name of whoever calls, as far as it has one."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "command line"
