"""Secrets: references that configuration holds instead of the secret itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Where a secret is found. It holds no secret, so it may be printed; ``vantage.reveal()`` reads the text.

    Exactly one of the three is set.

    Attributes:
        file: A path; read again when the file changes.
        env: Name of an environment variable of the daemon.
        credential: Name of a systemd credential (``LoadCredential=``).
    """

    file: str | None = None
    env: str | None = None
    credential: str | None = None

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.file, self.env, self.credential)) != 1:
            raise ValueError("write exactly one of file, env and credential")


def read_secret_file(value: object) -> Secret:
    """Return the secret in the file of this path.

    Raises:
        ValueError: It is no path.
    """
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("it is not the path of a file; write one, such as /run/secrets/token")
    return Secret(file=value)
