"""A judge whose events go to the metrics, and what a scrape of them reads."""

from judge.watch import Bench

from monitor.sinks.metrics import Build, Metrics
from monitor.vitals import Vitals

BUILD = Build(version="1.2.3", python="3.11.9")


class Scraped(Bench):
    """A bench whose events go to a Metrics as well."""

    def __init__(self, watched, **settings):
        super().__init__(watched, **settings)
        self.vitals = Vitals()
        self.metrics = Metrics(self.vitals, BUILD, self.clock)
        self.judge._emit = self.emit
        for event in self.events:
            self.metrics(event)

    def emit(self, event):
        self.events.append(event)
        self.metrics(event)

    def text(self, *slices, openmetrics=False):
        return b"".join(self.metrics.chunks(*slices, openmetrics=openmetrics)).decode()

    def samples(self, name, **labels):
        """Return the values of a family's samples that have these labels, by line."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        lines = [line for line in self.text().splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in lines
            if all(one in line for one in wanted)
        }

    def value(self, name, **labels):
        """Return the value of the one sample that has these labels, or None."""
        found = self.samples(name, **labels)
        assert len(found) <= 1, found
        return next(iter(found.values()), None)
