"""The service manager's notification protocol; see sd_notify(3)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The socket of the service manager that started us; without one every call does nothing."""

    address: str | None

    @classmethod
    def of(cls, env: Mapping[str, str]) -> ServiceManager:
        """The one that the environment names."""
        return cls(env.get("NOTIFY_SOCKET"))

    def tell(self, *facts: str) -> None:
        """Send facts such as ``READY=1`` or ``STATUS=…``. A manager that is gone is no reason to stop."""
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            try:
                notify.connect(address)
                notify.sendall("\n".join(facts).encode())
            except OSError:
                return
