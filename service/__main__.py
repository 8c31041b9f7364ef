"""`python -m service` is `alsoread`."""

from service.cli import main

main(prog_name="alsoread")
