"""A mail server, as far as a monitor talks to it (RFC 5321)."""

import asyncio
from collections.abc import Collection
from typing import cast

LONGEST_LINE = 512
GREETING = b"220 thu-dien-tu.example ESMTP\r\n"
BUSY = b"421 thu-dien-tu.example tam ngung phuc vu\r\n"
EXTENSIONS = b"250-thu-dien-tu.example\r\n250-SIZE 26214400\r\n250-STARTTLS\r\n250 8BITMIME\r\n"


class MailServer(asyncio.Protocol):
    """Greets, says what it can do, and good-bye; to those who come from ``refused`` names only that it is busy."""

    def __init__(self, refused: Collection[str]) -> None:
        self._refused = frozenset(refused)
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say the greeting."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer line by line."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            self._answer(word.upper(), rest.lower())
        if len(self._pending) > LONGEST_LINE:
            self._transport.close()

    def _answer(self, word: str, rest: str) -> None:
        if word == "EHLO":
            self._transport.write(BUSY if rest in self._refused else EXTENSIONS)
        elif word == "QUIT":
            self._transport.write(b"221 tam biet\r\n")
        else:
            self._transport.write(b"502 chua ho tro\r\n")
        if word == "QUIT" or rest in self._refused:
            self._transport.close()
