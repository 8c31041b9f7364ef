"""What may not be open on an address that other hosts reach: the server does not start, and says why.

Writing, rules, previews, reports and the desk need a key wherever the server listens, so that nothing of these is open where
no key was made. One setting lets people in without: the header in which a proxy names who is there.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from service.errors import ServiceError
from service.settings import Settings

_INSIDE = tuple(
    map(ip_network, "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 ::1 fc00::/7 fe80::/10".split())
)
"""Networks whose hosts nobody outside can be."""

_MOST_OUTSIDE = {4: 24, 6: 64}
"""A network of the public internet may be no larger: a proxy is a machine or a few, not everybody."""


def check_exposure(settings: Settings, address: str) -> None:
    """Raises `ServiceError` where settings would let anyone in who reaches the numeric address that is listened on."""
    if settings.desk_user_header is None or settings.desk_proxies is None or ip_address(address).is_loopback:
        return
    for one in map(ip_network, settings.desk_proxies.split(",")):
        if not _is_inside(one) and one.prefixlen < _MOST_OUTSIDE[one.version]:
            raise ServiceError(
                f"{settings.host} can be reached from other hosts, and ALSOREAD_DESK_PROXIES believes {one}, from where "
                f"anyone could name themselves in {settings.desk_user_header} and be at the desk: expected the addresses of "
                "your proxies; name them one by one, or listen on 127.0.0.1"
            )


def _is_inside(network: IPv4Network | IPv6Network) -> bool:
    return any(
        network.version == one.version and network.subnet_of(one)  # type: ignore[arg-type]  # of one version
        for one in _INSIDE
    )
