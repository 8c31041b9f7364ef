"""Which machines may be asked: those of the public internet, and others only where it was allowed.

What counts is the number that is connected to, in whatever form a host is written (`127.1`, `0x7f000001`, a name that
resolves to it), and the connection goes to the very number that was looked at here.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from index.errors import FetchFailed
from index.fetching.address import WebAddress, shown

Resolver = Callable[[str, int], Sequence[str]]
"""The numeric addresses of a host, best first. Raises `OSError` where there is none."""

METADATA = frozenset(
    map(ip_address, ("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"))
)
"""Where clouds tell a machine its secrets; one of them lies in the public range."""

NOT_PUBLIC_4 = tuple(map(IPv4Network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")))
NOT_PUBLIC_6 = tuple(
    map(IPv6Network, ("64:ff9b:1::/48", "100::/64", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10"))
)
"""Besides those that `ipaddress` knows in every version: shared, translated, discarded, documentation, site-local."""

NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
TRANSLATED = IPv6Network("::ffff:0:0:0/96")
ISATAP = (0x00005EFE, 0x02005EFE)


def resolve(host: str, port: int) -> Sequence[str]:
    """What the system says a host's addresses are."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(address: WebAddress, resolver: Resolver, allow_private: bool) -> Sequence[str]:
    """The numbers of an address's host, best first, all of which may be connected to.

    Raises `FetchFailed` where there is none, and where any of them may not be.
    """
    place = shown(address.url)
    try:
        numbers = resolver(address.host, address.port)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or error
        passing = getattr(error, "errno", None) == socket.EAI_AGAIN
        raise FetchFailed(f"{place}: there is no host {address.host!r} ({said})", passing=passing) from None
    if not numbers:
        raise FetchFailed(f"{place}: there is no address for the host {address.host!r}")
    for number in numbers:
        if why := refusal(number, allow_private):
            named = why if number == address.host else f"{address.host} is {why}"
            raise FetchFailed(f"{place}: not fetched: {named}")
    return numbers


def refusal(number: str, allow_private: bool) -> str | None:
    """Why a numeric address may not be connected to; None where it may."""
    try:
        outer = ip_address(number.partition("%")[0])
    except ValueError:
        return f"{number!r}, which is no address"
    for one in (outer, *_within(outer)):
        name = number if one == outer else f"{number}, that is {one}"
        if one in METADATA or one.is_link_local:
            return f"{name}, a link-local or cloud metadata address, which is never asked"
        if one.is_multicast or one.is_unspecified:
            return f"{name}, which names no single machine"
        if not allow_private and not _is_public(one):
            return f"{name}, not an address of the public internet (--private, or ALSOREAD_FETCH_PRIVATE, allows it)"
    return None


def _is_public(one: IPv4Address | IPv6Address) -> bool:
    if isinstance(one, IPv6Address):
        if any(one in network for network in (NAT64, COMPATIBLE, TRANSLATED)) or one.ipv4_mapped or one.sixtofour:
            # what they carry is looked at by itself; `ipaddress` changed its mind about them from version to version
            return one != IPv6Address("::1")
        if any(one in network for network in NOT_PUBLIC_6):
            return False
    elif any(one in network for network in NOT_PUBLIC_4):
        return False
    return one.is_global and not one.is_reserved


def _within(one: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries: mapped, translated, 6to4, Teredo, ISATAP."""
    if not isinstance(one, IPv6Address) or one in (IPv6Address("::"), IPv6Address("::1")):
        return
    if one.ipv4_mapped:
        yield one.ipv4_mapped
    if one.sixtofour:
        yield one.sixtofour
    if one.teredo:
        yield from one.teredo
    last = IPv4Address(int(one) & 0xFFFFFFFF)
    if any(one in network for network in (NAT64, COMPATIBLE, TRANSLATED)):
        yield last
    if (int(one) >> 32) & 0xFFFFFFFF in ISATAP:
        yield last
