"""One form for the many spellings of an article's address."""

import re
import unicodedata
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid"
    r"|_ga|_gl|_hsenc|_hsmi|mkt_tok|oly_anon_id|oly_enc_id|vero_id|wt_mc|cmpid|ns_campaign|ns_mchannel|at_\w+",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from and never which article it is."""

DEFAULT_PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"[0-9a-f.]*:[0-9a-f:.]*|\.*(?!\.)(?:[a-z0-9._~-]|[^\x00-\xa0\s])+", re.IGNORECASE)
"""A name without characters that no host may hold, not made of dots alone; or an IPv6 address."""


def is_web_address(text: str) -> bool:
    """True for an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
        _ = parts.port
        host = unicodedata.normalize("NFKC", parts.hostname or "")
    except ValueError:
        return False
    return parts.scheme.lower() in DEFAULT_PORTS and bool(_HOST.fullmatch(host))


def joined(base: str, address: str) -> str | None:
    """The absolute web address that a page at `base` means by an address; None where that is none."""
    try:
        whole = urljoin(base, address)
    except ValueError:
        return None
    return whole if is_web_address(whole) else None


def canonical_url(url: str) -> str:
    """The form under which an address is looked up.

    Scheme `https`, host in lower case (IDNA), no default port, user, fragment, tracking parameter or trailing
    slash; query sorted; percent-encoding normalised (RFC 3986, section 6.2.2). Applying it twice changes nothing.
    Raises `ValueError` for anything but an absolute http(s) address.
    """
    if not is_web_address(url):
        raise ValueError(f"expected an absolute http or https address, got {url[:200]!r}")
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if parts.port and parts.port not in (DEFAULT_PORTS["https"], DEFAULT_PORTS[parts.scheme.lower()]):
        host = f"{host}:{parts.port}"
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.fullmatch(k)]
    normal = urlsplit(canonicalize_url(urlunsplit(("https", host, parts.path, urlencode(query), ""))))
    canonical: str = urlunsplit(("https", normal.netloc, normal.path.rstrip("/;"), normal.query, ""))
    # what w3lib makes of parameters (`;…`) within a path is not always its own form
    return canonical if ";" not in parts.path or canonical == url else canonical_url(canonical)
