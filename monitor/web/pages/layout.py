"""What all pages share: head, foot, badges, times, names."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from monitor.observation import Status
from monitor.outcome import NEVER, Confirmed
from monitor.web.asset import file
from monitor.web.pages.markup import Content, Markup, document, element
from monitor.web.pages.words import MAINTENANCE, STATUSES, SYMBOLS, Language, Say, language_of, say_in, span
from monitor.web.running import RUNNING, Running

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OTHER = {Language.VI: Language.EN, Language.EN: Language.VI}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: in which language, at what time, and of which monitor."""

    request: web.Request
    running: Running
    language: Language
    say: Say
    now: datetime

    @classmethod
    def of(cls, request: web.Request) -> "Reader":
        """Return the reader that a request speaks for."""
        running = request.app[RUNNING]
        language = language_of(request)
        return cls(request, running, language, say_in(language), running.clock.now())

    def link(self, path: str, **query: str | int | None) -> str:
        """Return a path on this listener that keeps the language chosen."""
        chosen = {**query, "lang": self.request.query.get("lang") and self.language}
        pairs = [f"{key}={value}" for key, value in chosen.items() if value is not None]
        return f"{path}?{'&'.join(pairs)}" if pairs else path


def page(reader: Reader, title: str, *content: Content) -> web.Response:
    """Return a whole page."""
    say, running = reader.say, reader.running
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} · datashare-monitor"),
        element("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        element("link", rel="stylesheet", href=f"/static/style.css?v={file('style.css').etag[:8]}"),
    )
    body = element(
        "body",
        element("a", say("Bỏ qua phần đầu trang", "Skip to content"), class_="skip", href="#content"),
        _top(reader),
        element("main", *content, id="content"),
        element(
            "footer",
            element("span", f"datashare-monitor {running.version}"),
            element(
                "span", say("đã chạy ", "running for ") + span((reader.now - running.started).total_seconds(), say)
            ),
            element("time", _clock_text(reader, reader.now), datetime=reader.now.isoformat(timespec="seconds")),
        ),
    )
    response = web.Response(
        text=document(element("html", head, body, lang=str(reader.language))), content_type="text/html"
    )
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = str(reader.language)
    response.headers["Vary"] = "Accept-Language"
    return response


def _top(reader: Reader) -> Markup:
    say = reader.say
    other = OTHER[reader.language]
    query = {key: value for key, value in reader.request.query.items() if key in {"agency", "page"}}
    switch = reader.request.rel_url.with_query({**query, "lang": str(other)})
    return element(
        "header",
        element(
            "a",
            element("span", "◉", class_="mark", aria_hidden="true"),
            element("span", say("Giám sát chia sẻ dữ liệu", "Data sharing monitor"), class_="brand"),
            element("span", reader.running.settings.vantage, class_="vantage", title=say("Điểm quan sát", "Vantage")),
            class_="home",
            href=reader.link("/"),
        ),
        element(
            "nav",
            element("a", say("Chỉ số", "Metrics"), href="/metrics"),
            element("a", "API", href="/api/v1/checks"),
            element("a", say("Tài liệu", "Docs"), href=reader.link("/docs")),
            element(
                "a",
                "English" if other is Language.EN else "Tiếng Việt",
                href=str(switch),
                hreflang=str(other),
                lang=str(other),
            ),
            aria_label=say("Trang", "Pages"),
        ),
    )


def badge(state: Confirmed, say: Say) -> Markup:
    """Return a state as a symbol and a word, with a mark beside it inside a maintenance window."""
    word = element("span", _symbol(state.status), say(*STATUSES[state.status]), class_=f"badge {state.status}")
    mark = element("span", _mark("◐"), say(*MAINTENANCE), class_="badge maintenance") if state.maintenance else None
    return element("div", word, mark, class_="badges")


def _symbol(status: Status) -> Markup:
    return _mark(SYMBOLS[status])


def _mark(symbol: str) -> Markup:
    return element("span", symbol, class_="symbol", aria_hidden="true")


def since(reader: Reader, state: Confirmed) -> Content:
    """Return for how long a state has lasted and when it began; nothing when it never did."""
    if state.since <= NEVER:
        return None
    lasted = span((reader.now - state.since).total_seconds(), reader.say)
    local = state.since.astimezone(reader.running.inventory().time_zone)
    return [
        element("span", lasted),
        " ",
        element("time", f"{local:%Y-%m-%d %H:%M}", datetime=state.since.isoformat(), class_="began"),
    ]


def moment(reader: Reader, when: datetime) -> Markup:
    """Return a time on the clock of the inventory's time zone."""
    return element("time", _clock_text(reader, when), datetime=when.isoformat(timespec="milliseconds"))


def _clock_text(reader: Reader, when: datetime) -> str:
    local = when.astimezone(reader.running.inventory().time_zone)
    return f"{local:%Y-%m-%d %H:%M:%S} {local:%Z}".rstrip()
