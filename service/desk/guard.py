"""What protects the desk's pages in a browser: headers of every answer, and proof that a change was asked for on our page."""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request, Response

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' https: data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Nothing inline and nothing from elsewhere, but the pictures of articles, which are where the site has them."""

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}
"""`same-origin` and not `no-referrer`: with that a browser would send `Origin: null` with our own forms."""

_PURPOSE = b"alsoread desk form"
_PAD_BYTES = 32


def protect(response: Response) -> Response:
    """The answer with the headers that every answer of the desk has; what does not say how it may be kept may not be."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def same_origin(request: Request, secure: bool) -> bool:
    """Whether a browser says that a request came from our own page. Programs that say nothing of it are let through here:
    they carry no one's cookie."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.netloc == request.host and (parts.scheme == "https" or not secure)


def form_token(token: str) -> str:
    """What a form of this session carries: its proof under a pad of its own, so that no compressed page gives it away
    piece by piece (BREACH)."""
    pad = secrets.token_bytes(_PAD_BYTES)
    return (pad + _xor(pad, _proof(token))).hex()


def is_form_token(given: str, token: str) -> bool:
    """Whether that is what a form of this session carries."""
    try:
        raw = bytes.fromhex(given)
    except ValueError:
        return False
    if len(raw) != 2 * _PAD_BYTES:
        return False
    return hmac.compare_digest(_xor(raw[:_PAD_BYTES], raw[_PAD_BYTES:]), _proof(token))


def _proof(token: str) -> bytes:
    return hmac.digest(token.encode(), _PURPOSE, "sha256")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
