"""Agency files from the configuration of other tools: blackbox_exporter with Prometheus, Gatus, Uptime Kuma."""
