"""The secrets that one run has used, so that nothing it says repeats them."""

from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote_plus

from monitor.plugin import Secret, Vantage

SHORTEST = 4
"""What is shorter would be found everywhere, and is no secret."""
MASK = "***"


class Wallet:
    """Reveals secrets and remembers their texts until the run is over."""

    __slots__ = ("_texts", "_vantage")

    def __init__(self, vantage: Vantage) -> None:
        self._vantage = vantage
        self._texts: set[str] = set()

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret.

        Raises:
            ProbeError: It cannot be read.
        """
        text = self._vantage.reveal(secret)
        self.remember(text)
        return text

    def remember(self, *texts: str) -> None:
        """Keep more texts from being repeated: tokens, encoded pairs."""
        for text in texts:
            self._texts.update(each for each in forms(text) if len(each) >= SHORTEST)

    def masked(self, text: str) -> str:
        """Return a text without the secrets in it."""
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def forms(text: str) -> Iterable[str]:
    """Yield what a target might make of a secret when it repeats it."""
    yield text
    yield text.strip()
    yield quote_plus(text)
    yield b64encode(text.encode()).decode()
