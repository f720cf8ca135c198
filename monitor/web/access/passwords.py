"""Passwords against their bcrypt hashes: off the event loop, one at a time, and not more often than guessing deserves.

What was judged is remembered, as exporter-toolkit does it: as a keyed digest, whose key this process made for itself.
Right passwords are remembered apart from wrong ones, one for each user: no flood of guesses makes a scrape wait.
"""

import asyncio
import hmac
import os
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import structlog

from monitor.web.access.buckets import Buckets
from monitor.web.access.judging import Judging, TooOftenError

MOST_WRONG = 100
"""Wrong passwords that are remembered."""
MOST_WAITING = 8
"""Different passwords that wait to be judged at the same time: beyond, who has asked more often gives way …"""
MOST_WAITING_OF_ONE = 2
"""… and from one address: who guesses alone keeps others waiting for two judgements at most."""
FAILURES = 10
"""Wrong passwords from one address until it has to wait …"""
FAILURE_SECONDS = 6.0
"""… and after how long it may try one more."""
BCRYPT_BYTES = 72
"""All that bcrypt sees of a password; the tools that make hashes cut it off there, and so does Go's."""
NICE = 5

log = structlog.get_logger("monitor.web")


class Passwords:
    """Judges passwords, and remembers what it found."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._salt = bcrypt.gensalt(4)[7:]
        self._right: dict[str, bytes] = {}
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._under_way: dict[bytes, Judging] = {}
        self._waiting: Counter[str] = Counter()
        self._is_busy = False
        self._failures = Buckets(FAILURES, FAILURE_SECONDS)
        self._asked = Buckets(FAILURES, FAILURE_SECONDS)
        self._thread = ThreadPoolExecutor(1, "passwords", os.nice, (NICE,))  # on Linux, of the thread alone

    async def is_right(self, user: str, password: bytes, users: Mapping[str, bytes], address: str) -> bool:
        """Return whether this is the password of that user; a user whom nobody knows takes as long as any other.

        Args:
            user: As the client wrote it.
            password: As the client wrote it.
            users: The bcrypt hash of each user's password; one at least.
            address: The client's, for the count of its wrong passwords.

        Raises:
            TooOftenError: Too many wrong ones came from there, or too many wait to be judged.
        """
        hashed = users.get(user) or self._decoy(user, users)
        seal = self._seal(user, hashed, password)
        if user in users and hmac.compare_digest(self._right.get(user, b""), seal):
            return True
        if seal in self._wrong:
            self._wrong.move_to_end(seal)
            return False
        judging = self._under_way.get(seal)
        if judging is None:
            now = time.monotonic()
            self._asked.of(address, now).take(now)
            if seconds := self._failures.of(address, now).wait(now):
                raise TooOftenError(seconds)
            if self._waiting[address] >= MOST_WAITING_OF_ONE or not self._has_room(address):
                raise TooOftenError(1.0)
            judging = self._under_way[seal] = Judging(address)
            judging.task = asyncio.create_task(self._judge(judging, password, hashed, is_known=user in users))
            self._waiting[address] += 1
            self._call_next()
            judging.task.add_done_callback(lambda _: self._let_go(seal, judging))
        is_right = await judging.ended()
        self._remember(user, seal, users, is_right=is_right)
        return is_right

    def close(self) -> None:
        """Judge no more."""
        for judging in self._under_way.values():
            judging.give_way()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _has_room(self, address: str) -> bool:
        """Return whether one more may wait, after sending away one whose address has asked more often, if need be."""
        if len(self._under_way) < MOST_WAITING:
            return True
        worst = min(reversed(self._not_begun()), key=self._rank, default=None)
        if worst is None or self._rank(worst) >= self._rank(Judging(address)):
            return False
        worst.give_way()
        self._under_way = {seal: one for seal, one in self._under_way.items() if one is not worst}
        return True

    def _call_next(self) -> None:
        """Have the next one judged, if none is: that of the address that has asked least, of these the first."""
        found = None if self._is_busy else max(self._not_begun(), key=self._rank, default=None)
        if found is not None:
            self._is_busy = True
            found.begin.set()

    def _not_begun(self) -> Sequence[Judging]:
        return [one for one in self._under_way.values() if not one.begin.is_set()]

    def _rank(self, judging: Judging) -> float:
        now = time.monotonic()
        return round(self._asked.of(judging.address, now).tokens(now))

    def _let_go(self, seal: bytes, judging: Judging) -> None:
        if judging.task is not None and not judging.task.cancelled():
            judging.task.exception()  # whoever asked may have gone meanwhile
        if self._under_way.get(seal) is judging:
            del self._under_way[seal]
        self._waiting[judging.address] -= 1
        if not self._waiting[judging.address]:
            del self._waiting[judging.address]

    async def _judge(self, judging: Judging, password: bytes, hashed: bytes, *, is_known: bool) -> bool:
        try:
            await judging.begin.wait()
            bucket = self._failures.of(judging.address, began := time.monotonic())
            if seconds := bucket.wait(began):  # others of the same address failed while this one waited
                raise TooOftenError(seconds)
            judge = asyncio.get_running_loop().run_in_executor
            is_right = await judge(self._thread, bcrypt.checkpw, password[:BCRYPT_BYTES], hashed) and is_known
            if not is_right:
                ended = time.monotonic()
                bucket.take(ended)
                log.warning("web.login_refused", remote=judging.address)
                await asyncio.sleep(ended - began)  # guesses get half a processor at most, however dear the hashes are
            return is_right
        finally:
            if judging.begin.is_set():
                self._is_busy = False
                self._call_next()

    def _remember(self, user: str, seal: bytes, users: Mapping[str, bytes], *, is_right: bool) -> None:
        if is_right:
            self._right[user] = seal
            if len(self._right) > len(users):
                self._right = {name: one for name, one in self._right.items() if name in users}
            return
        self._wrong[seal] = None
        if len(self._wrong) > MOST_WRONG:
            self._wrong.popitem(last=False)

    def _decoy(self, user: str, users: Mapping[str, bytes]) -> bytes:
        """Return a hash that no password has; it costs what that of some user does, always the same one's."""
        hashes = [*users.values()]
        like = hashes[int.from_bytes(self._seal(user)[:8], "big") % len(hashes)]
        return like[:7] + self._salt + b"." * 31

    def _seal(self, *parts: str | bytes) -> bytes:
        digest = hmac.new(self._key, digestmod="sha256")
        for part in parts:
            text = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
            digest.update(len(text).to_bytes(8, "big") + text)
        return digest.digest()
