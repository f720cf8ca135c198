"""What the inventory says of a system or a connection: names, path, stage, due date, objectives."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.inventory import Connection, System, Target
from monitor.owner import owner_of
from monitor.sinks.metrics import families
from monitor.sinks.metrics.line import Sample

Labels = Mapping[str, str]


def particulars(target: Target, labels: Labels, today: date, zone: ZoneInfo) -> Iterator[Sample]:
    """Yield what does not depend on any run; the stage of a connection is the one reached ``today``."""
    yield from _objectives(target, labels)
    if isinstance(target, System):
        yield families.SYSTEM_INFO.name, {**labels, **_shared(target), **_of_system(target)}, 1.0
        return
    yield families.CONNECTION_INFO.name, {**labels, **_shared(target), **_of_connection(target)}, 1.0
    yield families.CONNECTION_STAGE.name, {**labels, "stage": target.stage(today)}, 1.0
    if target.due is not None:
        end = datetime.combine(target.due + timedelta(days=1), time(), tzinfo=zone)
        yield families.CONNECTION_DUE.name, labels, end.timestamp()


def _shared(target: Target) -> dict[str, str]:
    return {
        "name": target.name,
        "name_en": target.name_en,
        "owner": owner_of(target),
        "programmes": ",".join(sorted(target.programmes)),
    }


def _of_system(system: System) -> dict[str, str]:
    return {
        "environment": system.environment,
        "kind": system.kind,
        "security_level": "" if system.security_level is None else str(system.security_level),
        "tier": "" if system.tier is None else str(system.tier),
        "zone": system.zone,
    }


def _of_connection(connection: Connection) -> dict[str, str]:
    return {
        "consumer": connection.consumer,
        "legal_basis": connection.legal_basis,
        "provider": connection.provider,
        "via": ",".join(connection.via),
    }


def _objectives(target: Target, labels: Labels) -> Iterator[Sample]:
    objective = target.objective
    if objective.availability is not None:
        yield families.AVAILABILITY_OBJECTIVE.name, labels, objective.availability
    if objective.freshness is not None:
        yield families.FRESHNESS_OBJECTIVE.name, labels, objective.freshness.total_seconds()
    if objective.completeness is not None:
        yield families.COMPLETENESS_OBJECTIVE.name, labels, objective.completeness
    if objective.success is not None:
        yield families.SUCCESS_OBJECTIVE.name, labels, objective.success.rate
        yield families.SUCCESS_MINIMUM.name, labels, float(objective.success.minimum)
    for percentile, limit in objective.latency.items():
        yield families.LATENCY_OBJECTIVE.name, {**labels, "percentile": percentile}, limit.total_seconds()
