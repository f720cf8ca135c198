"""What the two ends of an exchange measure."""

from monitor.plugin import Label, Measure

LAG = Measure("exchange_lag_seconds", "How much older the consumer's newest record is than the provider's.")
EXPECTED = Measure("exchange_expected_records", "Records that the provider holds.")
RECEIVED = Measure("exchange_received_records", "Records that the consumer holds.")
COMPLETENESS = Measure(
    "exchange_completeness_ratio", "Of the provider's records, the share that the consumer holds as many of."
)
MATCH = Measure("exchange_match_ratio", "Share of the windows in which both ends count and sum up the same.")
ORPHANS = Measure(
    "exchange_orphan_records",
    "Records that one end holds more of than the other, window by window.",
    labels=(Label.of("side", ("provider", "consumer")),),
)

MEASURES = (LAG, EXPECTED, RECEIVED, COMPLETENESS, MATCH, ORPHANS)
