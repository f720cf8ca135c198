"""What is asked of the monitor's own series: one result for each system or connection, however many replicas show it.

Rules record what concerns few at a time, and what is counted. All else is asked for here, of one agency or connection,
or of all that are chosen. Each function takes matchers, which may be empty, and returns an expression.
"""

from typing import NamedTuple

EACH = "agency, target"
ENDS = f"{EACH}, consumer, provider, via, owner"
LIVE = 'stage="live"'
INFO, STAGE = "datashare_connection_info", "datashare_connection_stage"
STATUS, BEGAN = "datashare_connection_status", "datashare_connection_status_since_timestamp_seconds"
SECONDS = "datashare_connection_state_seconds_total"


class State(NamedTuple):
    """In which state each is and since when: expressions with an agency and a target.

    Attributes:
        now: Absent while it is unknown.
        anyhow: The same, and -1 while it is unknown.
        began: In Unix time.
    """

    now: str
    anyhow: str
    began: str


def _state(now: str, each: str, began: str) -> State:
    return State(now=now, anyhow=f"({now} or 0 * max by ({EACH}) ({each}) - 1)", began=began)


def select(name: str, *matchers: str) -> str:
    """Return a selector with those of the matchers that are not empty."""
    asked = ", ".join(one for one in matchers if one)
    return f"{name}{{{asked}}}" if asked else name


def least(name: str, *matchers: str) -> str:
    """Return the least that any replica shows of each."""
    return f"min by ({EACH}) ({select(name, *matchers)})"


def most(name: str, *matchers: str) -> str:
    """Return the most that any replica shows of each."""
    return f"max by ({EACH}) ({select(name, *matchers)})"


def connections(its: str = "", *, path: str = "", stage: str = "", among: str = "") -> str:
    """Return the info of connections with their contact and the stage that they have reached.

    Args:
        its: Matchers of their agency or target.
        path: Matchers of their ends and of their way.
        stage: Matchers of their stage.
        among: An expression with an agency and a target for each that may be told.
    """
    info, reached = select(INFO, its, path), select(STAGE, its, stage)
    if among:
        info, reached = (f"{one} and on ({EACH}) {among}" for one in (info, reached))
    only = f"topk by ({EACH}) (1, max by ({EACH}, stage) ({reached}))"
    one = f"topk by ({EACH}) (1, max by ({ENDS}) ({info}))"
    return f"({one} * on ({EACH}) group_left (stage) {only})"


def connection_state(its: str = "") -> State:
    """Return the state of connections."""
    return _state(least(STATUS, its), select(INFO, its), least(BEGAN, its))


def fault_state(its: str, faults: str) -> State:
    """Return the state of connections with a fault that is located.

    Args:
        its: Matchers of their agency or target.
        faults: Selects the faults.
    """
    began = f"min by ({EACH}) ({select(BEGAN, its)} and on ({EACH}) {faults})"
    return _state(select("connection:impaired:status", its), faults, began)


def system_state(its: str = "") -> State:
    """Return the state of systems."""
    now, began = select("system:status:min", its), select("system:status_since:min", its)
    return _state(now, select("system:owner:info", its), began)


def age(its: str) -> str:
    """Return the age of the newest record, in seconds."""
    return f"time() - {most('datashare_exchange_last_record_timestamp_seconds', its)}"


def completeness(its: str) -> str:
    """Return the share of the provider's records that the consumer holds."""
    return least("datashare_exchange_completeness_ratio", its)


def certificate_left(its: str) -> str:
    """Return for how long the certificate that ends first is valid yet, in seconds."""
    return f"{least('datashare_probe_ssl_earliest_cert_expiry', its)} - time()"


def objective(its: str, of: str) -> str:
    """Return what targets are held to.

    Args:
        its: Matchers of their agency or target.
        of: ``availability``, ``completeness`` or ``success``, as a ratio, or ``freshness``, in seconds.
    """
    unit = "seconds" if of == "freshness" else "ratio"
    return most(f"datashare_{of}_objective_{unit}", its)


def errors(its: str) -> str:
    """Return the share of 30 days for which targets were down, of those that ever were."""
    down, uncounted = (
        f"sum_over_time({select(f'slo:{one}_hourly:seconds', its)}[30d])" for one in ("down", "uncounted")
    )
    watched = "sum_over_time(slo:watched_hourly:seconds[30d])"
    counted = f"clamp_min({watched} - on (agency) group_right () {uncounted}, 60)"
    return f"clamp_max(max by ({EACH}) ({down}) / on ({EACH}) {counted}, 1)"


def availability(its: str) -> str:
    """Return the availability of connections over 30 days; of those that were seen and had no errors it is 1."""
    return f"1 - ({errors(its)} or 0 * {_worked(its)})"


def budget_left(its: str) -> str:
    """Return how much is left of the error budget of 30 days, of targets that have one; without errors it is 1."""
    budget = f"(1 - {objective(its, 'availability')} > 0)"
    whole = f"({budget} * 0 + 1 and on ({EACH}) ({_worked(its)} or {select('system:status:min', its)}))"
    return f"(1 - {errors(its)} / on ({EACH}) {budget} or {whole})"


def _worked(its: str) -> str:
    """Return the seconds for which connections were seen to work, since a monitor began to look at them."""
    working = select(SECONDS, its, 'state=~"up|degraded"')
    return f"max by ({EACH}) ({working} > 0)"
