"""`alsoread openapi`: the document of the HTTP API."""

import click
import orjson


@click.command()
def openapi() -> None:
    """Print the HTTP API as an OpenAPI 3.1 document, in JSON: what a running service answers at /openapi.json.

    \b
    Example:
      alsoread openapi > openapi.json
    """
    from service.openapi.document import make_document

    click.echo(orjson.dumps(make_document(), option=orjson.OPT_INDENT_2).decode())
