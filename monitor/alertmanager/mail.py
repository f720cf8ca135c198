"""How Alertmanager sends e-mail; of a password only where it lies."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import PurePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The mail server.

    Attributes:
        server: ``host:port``.
        sender: The address that e-mails come from.
        is_plain: Whether TLS is not insisted on; on this machine it never is.
        user: Empty when the server asks for none.
        password_file: A file on Alertmanager's machine.
    """

    server: str = "localhost:25"
    sender: str = "datashare-monitor@localhost"
    is_plain: bool = False
    user: str = ""
    password_file: PurePath | None = None

    @property
    def settings(self) -> dict[str, str | bool]:
        """What stands in ``global``."""
        found: dict[str, str | bool] = {
            "smtp_smarthost": self.server,
            "smtp_from": self.sender,
            "smtp_require_tls": not (self.is_plain or self._is_here),
        }
        if self.user:
            found["smtp_auth_username"] = self.user
        if self.password_file is not None:
            found["smtp_auth_password_file"] = str(self.password_file)
        return found

    @property
    def _is_here(self) -> bool:
        host = self.server.rpartition(":")[0].strip("[]")
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
