"""Files that are the same for everyone: kept for an hour, then checked again."""

from flask import Response, request

from service.compression import compress, negotiate, wanting
from service.widget.assets import Asset


def asset_response(asset: Asset) -> Response:
    """A file kept for an hour and then checked again; any site that may read answers may load it."""
    response = Response(asset.body, mimetype=asset.mimetype)
    response.headers["Cache-Control"] = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(asset.etag)
    negotiate(response, wanting(request.accept_encodings))
    response.make_conditional(request)
    compress(response)
    return response
