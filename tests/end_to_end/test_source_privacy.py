"""Nothing of a person leaves a check of a connector, whatever it reads it from: files, documents, faults, names.

Beside test_privacy.py, which has the collectors over JSON, SQL, Elasticsearch and Prometheus.
"""

import json
from contextlib import ExitStack

import pytest
from end_to_end import sources
from end_to_end.daemon import daemon, fetch, pages
from end_to_end.servers import http, wait_for
from end_to_end.test_privacy import AGENCY, CANARIES, FIELDS, MONITOR, newest
from ports import free_port

USAGE = {"external_ids": "log", "lookback": "30m", "fields": FIELDS}
CELLS = {name: name for name in ("at", "app", "code", "request", "size", "took")}
IN_XML = {"format": "xml", "status": "/r/@status", "documents": "/r/d", "created": "@sent", "error_code": "/r/@status"}
US, THEM = "VN/GOV/HNI/PORTAL", "VN/GOV/BCA/DANCU"


def checks_of(kind, at):
    """Return the checks of one kind of answer, by name."""
    web = f"http://{at['web']}/{kind}"
    folder = {"target": at["sftp"], "login": at["login"], "folder": f"/{kind}"}
    collection = {"target": at["mongodb"], "database": "sharing", "collection": kind, "filter": "{}"}
    collection |= {"tls": False, "allow_cleartext": True}
    soap = {"target": f"{web}/soap", "body": "<ask/>", "rows_at": "//row", "cells": CELLS}
    every = {
        "csv": {"http": {"url": f"{web}/csv", "format": "csv"}},
        "sftp": {"sftp": folder},
        "mongodb": {"mongodb": collection},
        "soap": {"soap": soap},
    }
    road = {"target": web, "client": US}
    called = {**road, "service": f"{THEM}/lookup"}
    server = "VN/GOV/BCA/SS1"
    probes = {
        **{f"usage-{name}": ("usage", {**USAGE, "source": source}) for name, source in every.items()},
        **{f"fresh-{name}": ("freshness", {"source": source, "column": "at"}) for name, source in every.items()},
        "folder": ("sftp", {**folder, "limits": {"max_age": "1h"} if kind == "good" else {"max_backlog": 0}}),
        "found": ("mongodb", {**collection, **({} if kind == "good" else {"readings": {"persons": "name"}})}),
        "answer": ("soap", {"target": f"{web}/soap", "body": "<ask/>", **wanting(kind)}),
        "documents": ("edxml", {"target": f"{web}/json"}),
        "documents-xml": ("edxml", {"target": f"{web}/xml", "fields": IN_XML}),
    }  # fmt: skip
    if kind != "good":
        probes |= {
            "call": ("xroad", called),
            "call-soap": ("xroad", {**called, "protocol": "soap", "body": "<a/>"}),
            "clients": ("xroad-services", {**road, "provider": THEM, "listed": [THEM]}),
            "traffic": ("xroad-monitoring", {**road, "security_server": server}),
            "health": ("xroad-health", {"target": f"{web}/health"}),
        }
    return {f"{kind}-{name}": one for name, one in probes.items()}


def all_counted(metrics):
    """Tell whether each collector has counted the call that is nobody's."""
    return all(f'check="good-usage-{name}",consumer="other"' in metrics for name in ("csv", "sftp", "mongodb", "soap"))


def wanting(kind):
    """Return what a good answer fulfils, and any other repeats if it can."""
    if kind == "good":
        return {"assertions": [{"xml": "count(//row)", "equals": 2}]}
    return {"assertions": [{"xml": "string(//name)", "equals": "x"}], "readings": {"persons": {"xml": "//name"}}}


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What the monitor shows of all checks, by place, and how each came out."""
    top = tmp_path_factory.mktemp("shown")
    (top / "config" / "agencies").mkdir(parents=True)
    (top / "password").write_text("s3cret")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        sftp, key = stack.enter_context(sources.files(top / "files"))
        login = {"username": "monitor", "password": {"file": str(top / "password")}, "host_keys": [key]}
        at = {"web": f"127.0.0.1:{stack.enter_context(http(sources.web))}", "sftp": sftp, "login": login}
        at["mongodb"] = stack.enter_context(sources.mongodb())
        probes = {name: one for kind in ("good", "bad", "torn") for name, one in checks_of(kind, at).items()}
        checks = [
            {"id": name, "probe": probe, "every": "12s", "timeout": "10s", "with": options}
            for name, (probe, options) in probes.items()
        ]
        (top / "config" / "monitor.yaml").write_text(MONITOR % (top / "history.db"))
        (top / "config" / "agencies" / "ha-noi.yaml").write_text(AGENCY % json.dumps(checks))
        stack.enter_context(daemon(top / "config", port))
        ids = [f"ha-noi/lgsp/{name}" for name in probes]
        wait_for(lambda: all(newest(url, one) for one in ids), within=60)
        wait_for(lambda: all_counted(fetch(f"{url}/metrics")[1]), within=60)
        places = ["/metrics", "/", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration", "/api/v1/programmes"]
        places += [f"{part}/connections/ha-noi/population" for part in ("", "/api/v1")] + ["/api/v1/connections"]
        places += [f"{part}/{one}" for one in ids for part in ("/checks", "/api/v1/checks")]
        seen = {one: body.encode() for one, body in pages(url, places).items()}
        states = {one.rpartition("/")[2]: newest(url, one) for one in ids}
    seen["log"] = (top / "daemon.log").read_bytes()
    seen |= {path.name: path.read_bytes() for path in top.glob("history.db*")}
    return seen, states


@pytest.mark.timeout(240)
def test_nothing_of_a_person_is_shown_logged_or_kept(shown):
    seen, _ = shown

    told = {place: word for place, text in seen.items() for word in CANARIES if word.encode() in text}
    assert told == {}


@pytest.mark.timeout(240)
def test_what_was_to_be_read_was_read(shown):
    seen, states = shown

    assert b"check.observed" in seen["log"]
    assert "history.db" in seen
    good = {name: state for name, state in states.items() if name.startswith("good-")}
    assert good == dict.fromkeys(good, "up"), details(seen, good)
    bad = {name: state for name, state in states.items() if not name.startswith("good-")}
    assert bad == dict.fromkeys(bad, "down"), details(seen, bad)


def details(seen, names):
    """Return what the checks said, for whoever reads why a test failed."""
    return {name: json.loads(seen[f"/api/v1/checks/ha-noi/lgsp/{name}"])["newest"]["detail"] for name in names}
