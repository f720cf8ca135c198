"""What a look at a topic of Kafka measures."""

from monitor.plugin import Label, Measure, MeasureKind
from monitor.plugin.measures import TLS, WAITING

MOST_LABELLED = 100
PARTITION = Label.of("partition", map(str, range(MOST_LABELLED)))

PARTITIONS = Measure("probe_kafka_partitions", "Partitions of the topic.")
UNDER_REPLICATED = Measure("probe_kafka_under_replicated_partitions", "Partitions that miss a replica.")
RECORDS = Measure(
    "probe_kafka_records_total",
    "Records ever written to the topic: the sum of the end offsets of its partitions.",
    MeasureKind.TOTAL,
)
END = Measure(
    "probe_kafka_partition_end_offset", "Where the next record of a partition goes.", labels=(PARTITION,),
    series=MOST_LABELLED,
)  # fmt: skip
COMMITTED = Measure(
    "probe_kafka_partition_committed_offset", "Up to where the group has confirmed a partition.",
    labels=(PARTITION,), series=MOST_LABELLED,
)  # fmt: skip

MEASURES = (PARTITIONS, UNDER_REPLICATED, RECORDS, END, COMMITTED, *WAITING, *TLS)
