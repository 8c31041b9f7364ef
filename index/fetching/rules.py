"""`FetchRules`: how much, how often and from where is fetched."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

PRODUCT = "alsoread"
"""The name under which robots.txt may speak of us."""


def default_user_agent() -> str:
    """`alsoread/` and the installed version."""
    try:
        return f"{PRODUCT}/{version(PRODUCT)}"
    except PackageNotFoundError:
        return f"{PRODUCT}/0"


@dataclass(frozen=True, slots=True)
class FetchRules:
    """Limits of one `Fetcher`; times in seconds, sizes in bytes. Raises `ValueError` for what makes no sense."""

    user_agent: str = ""
    """Sent with each request; empty for `alsoread/<version>`. Its part before the first slash is the name that robots.txt
    is asked about."""
    allow_private: bool = False
    """True: also addresses of private networks and of this machine. Link-local ones, where clouds keep their secrets, stay
    out even so."""
    max_bytes: int = 64_000_000
    """Longest body, packed and unpacked."""
    timeout: float = 30.0
    """For one answer, from the first packet to the last byte, however slowly they come."""
    connect_timeout: float = 10.0
    """For the connection to one address of a host, its encryption included."""
    max_redirects: int = 5
    pause: float = 1.0
    """Between the end of a request and the next one to the same host, where robots.txt asks for no longer one; where several
    threads ask one host, between their beginnings."""
    max_pause: float = 60.0
    """Longest pause that robots.txt may ask for."""
    tries: int = 4
    """How often one address is asked for in all, where the failure may pass."""
    backoff: float = 2.0
    """Before the second try; twice as long before each further one, give or take a quarter."""
    max_wait: float = 120.0
    """Longest `Retry-After` that is waited for; whoever asks for longer is left alone until then."""
    obey_robots: bool = True

    def __post_init__(self) -> None:
        agent = self.user_agent or default_user_agent()
        if not agent.isascii() or not agent.isprintable():
            raise ValueError(f"user_agent: expected printable ASCII such as 'alsoread/1.0', got {agent!r}")
        object.__setattr__(self, "user_agent", agent)
        for name in ("max_bytes", "timeout", "connect_timeout", "tries"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: expected more than 0, got {getattr(self, name)}")
        for name in ("max_redirects", "pause", "max_pause", "backoff", "max_wait"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}")

    @property
    def product(self) -> str:
        """The name that robots.txt is asked about."""
        return self.user_agent.split("/")[0].strip()
