"""datashare-monitor: which connections are up, which really carry data, and who must act when one breaks.

The vocabulary, one word per idea:

Agency: organisation that owns systems.
System: an information system of an agency.
Connection: directed data-sharing path: consumer, via hubs, to the provider.
Target: a system or a connection: what a check looks at.
Check: this target, this probe, every so often, within a timeout; id ``agency/target/check``.
Probe: a configured way of looking; a ProbeKind is one on offer under a name.
Observation: what one look saw: status, reason, detail, readings.
Outcome: the record of one run: check, vantage, when, how long, observation, confirmed state and since when.
StateChanged: a confirmed state that differs from the one before.
Reading: the value of a declared Measure, with its labels.
Source: a place rows come from, used by data probes.
Vantage: where we look from.
Fault domain: who has to act: consumer, hub, provider, network, monitor.
Programme: a target set from above: who must have what by when.
Sink: a function that takes events.
Status: up, degraded, down, unknown. Maintenance is a mark beside it.
"""
