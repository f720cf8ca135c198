"""What a look at a queue of RabbitMQ measures."""

from monitor.plugin import Measure
from monitor.plugin.measures import TLS, WAITING

CONSUMERS = Measure("probe_rabbitmq_consumers", "Consumers of the queue.")
UNACKNOWLEDGED = Measure(
    "probe_rabbitmq_messages_unacknowledged", "Messages that were given to a consumer and are not confirmed."
)

MEASURES = (CONSUMERS, UNACKNOWLEDGED, *WAITING, *TLS)
