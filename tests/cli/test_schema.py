"""``schema`` prints what editors need."""

import json

import pytest
from cli.test_check_config import run
from jsonschema import Draft202012Validator

from monitor.config.schema import SCHEMAS


@pytest.mark.parametrize("file", SCHEMAS)
def test_schema_is_valid_json_schema(file):
    result = run("schema", file)

    assert result.exit_code == 0, result.output
    Draft202012Validator.check_schema(json.loads(result.stdout))


def test_agency_is_the_default_and_holds_the_fields_of_the_installed_kinds():
    schema = json.loads(run("schema").stdout)

    assert "agency" in schema["properties"]
    assert "fail_if_body_not_matches_regexp" in schema["$defs"]["probe.http"]["properties"]


def test_other_file_is_a_usage_error():
    assert run("schema", "agencies").exit_code == 2
