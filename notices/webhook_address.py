"""Where a webhook may go: decided on the address that is connected to, not on a name.

A subscriber chooses the target, so the hub could be aimed at its own network. The name is
resolved once, every address that it has is judged, and the connection goes to one of those: a
second answer of the name server is never asked for. Host header, SNI and certificate check keep
the name.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

MAX_TARGET: Final = 500
_ADDRESSES: Final = 4
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS: Final = {"https": 443, "http": 80}


class RefusedAddressError(Exception):
    """The target may not be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook's address, taken apart once so that no second parser reads it differently."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def url(self) -> httpcore.URL:
        return httpcore.URL(
            scheme=self.scheme.encode(),
            host=self.host.encode(),
            port=self.port,
            target=self.path.encode(),
        )


def parse_target(text: str) -> Target:
    """Take a target apart.

    Raises:
        RefusedAddressError: not an ``https`` address of a permitted form.
    """
    if len(text) > MAX_TARGET or not all("!" <= character <= "~" for character in text):
        raise RefusedAddressError(f"Send at most {MAX_TARGET} printable ASCII characters.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise RefusedAddressError("This is not an address.") from None
    schemes = {"https", "http"} if settings.EADS_WEBHOOK_ALLOW_HTTP else {"https"}
    if parts.scheme not in schemes:
        raise RefusedAddressError("The address must begin with https://.")
    if not parts.hostname or "@" in parts.netloc or "\\" in text or "#" in text or port == 0:
        raise RefusedAddressError("Send https://host/path without user name and fragment.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)


def _judge(address: str) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # These carry an IPv4 address that a gateway unwraps on the way.
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            _judge(str(inner))
            return
        if ip.is_site_local:
            raise RefusedAddressError("The address is not a public one.")
    if not ip.is_global or ip.is_multicast:
        raise RefusedAddressError("The address is not a public one.")


def permitted_addresses(host: str, port: int) -> list[str]:
    """Resolve a name once and judge everything that it stands for.

    Raises:
        RefusedAddressError: one of the addresses is private, or there is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddressError("The name cannot be resolved.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not settings.EADS_WEBHOOK_ALLOW_PRIVATE:
        for address in addresses:
            _judge(address)
    return addresses[:_ADDRESSES]


_limit = threading.local()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Bound everything that this thread does on the network, however slowly it drips in."""
    _limit.until = time.monotonic() + seconds
    try:
        yield
    finally:
        del _limit.until


def _left(timeout: float | None) -> float | None:
    until: float | None = getattr(_limit, "until", None)
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("The receiver takes too long.")
    return left if timeout is None else min(timeout, left)


class TimedStream(httpcore.NetworkStream):
    """A connection that keeps to the thread's time limit."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        options["timeout"] = _left(options.get("timeout"))
        return TimedStream(self.inner.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class JudgingBackend(httpcore.NetworkBackend):
    """Connects to the addresses that were judged, in their order."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        error: Exception = RefusedAddressError("The name cannot be resolved.")
        for address in permitted_addresses(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _left(timeout), local_address, socket_options
                )
                return TimedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error
