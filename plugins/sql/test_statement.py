"""A statement that does more than read is refused when configuration is read, and so is one nobody can judge."""

import logging

import pytest
from datashare_monitor_sql import SqlProbe, SqlRows
from datashare_monitor_sql.statement import LONGEST, check

from monitor.testing import configured

READING = {
    "postgresql": [
        "SELECT 1",
        "select count(*) as n, max(x) from a.b where c > now() - interval '1 hour';",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "VALUES (1), (2)",
        "SHOW server_version",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT 'a; DELETE FROM b' AS x",
        "SELECT $$x; y$$ AS x",
        "SELECT extract(epoch FROM max(t)) FROM y -- done",
        "SELECT 1 /* DROP TABLE x; */",
        "SELECT pg_last_xact_replay_timestamp()",
        "SELECT count(*) FILTER (WHERE deleted) FROM t",
    ],
    "mysql": ["SELECT 1", "SHOW GLOBAL STATUS LIKE 'Threads_connected'", "SHOW REPLICA STATUS", "SELECT @@version",
              "SELECT replace(a, 'b', 'c') FROM t", "SELECT insert(a, 1, 2, 'c') FROM t"],
    "mariadb": ["SELECT `a b` FROM t", "SHOW SLAVE STATUS"],
    "oracle": ["SELECT 1 FROM dual", "SELECT sysdate AS d FROM dual", "SELECT a FROM v$session"],
    "sqlserver": ["SELECT TOP 5 a FROM dbo.t WITH (NOLOCK)", "SELECT GETDATE() AS d", "SELECT [a b] FROM t"],
}  # fmt: skip
MORE = {
    "postgresql": [
        "", "-- nothing", "DELETE FROM t", "SELECT 1; DELETE FROM t", "TRUNCATE t", "VACUUM", "BEGIN", "SET x = 1",
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT 1",
        "WITH x AS (UPDATE t SET a = 1 RETURNING 1) SELECT 1", "SELECT * INTO b FROM a", "SELECT * FROM a FOR UPDATE",
        "SELECT * FROM a FOR NO KEY UPDATE", "SELECT * FROM a FOR SHARE",
        "SELECT * FROM (SELECT * FROM a FOR UPDATE) b",
        "CREATE TABLE x AS SELECT 1", "COPY t TO '/tmp/x'", "EXPLAIN ANALYZE DELETE FROM t", "CALL x()",
        "DO $$ BEGIN END $$", "LISTEN x", "GRANT a TO b", "LOCK TABLE t", "DECLARE x CURSOR FOR SELECT 1",
        "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE", "EXECUTE x", "SHOW x; DROP TABLE y",
        "SELECT nextval('s')", "SELECT \"nextval\"('s')", "SELECT pg_catalog.pg_terminate_backend(1)",
        "SELECT * FROM dblink('a', 'b') AS t(x int)", "SELECT pg_sleep(9)", "SELECT lo_export(1, 'x')",
        "SELECT set_config('a', 'b', false)", "garbage here", "SELECT (", "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT 1\0; DELETE FROM t", "SELECT " + "1," * LONGEST + "1",
    ],
    "mysql": [
        "SELECT a INTO OUTFILE '/tmp/x' FROM t", "SELECT a FROM t INTO OUTFILE '/tmp/x'", "SELECT 1 INTO DUMPFILE 'x'",
        "SELECT a INTO @x FROM t", "SELECT /*!50000 1 INTO OUTFILE 'x' */", "SELECT /*M!100000 sleep(5) */",
        "SELECT * FROM t LOCK IN SHARE MODE", "SELECT * FROM t FOR UPDATE SKIP LOCKED", "SELECT @a := 1",
        "SELECT sleep(5)", "SELECT SLEEP (5)", "SELECT benchmark(1, 2)", "SELECT get_lock('a', 1)",
        "SELECT load_file('/etc/passwd')", "HANDLER t OPEN", "REPLACE INTO t VALUES (1)", "KILL 5", "FLUSH TABLES",
        "LOAD DATA INFILE 'x' INTO TABLE t", "SHOW TABLES; DROP TABLE x", "DO sleep(5)",
    ],
    "oracle": [
        "BEGIN NULL; END;", "SELECT s.nextval FROM dual", "SELECT a FROM t FOR UPDATE NOWAIT", "DROP TABLE t",
        "SELECT dbms_lock.sleep(1) FROM dual", "SELECT utl_http.request('http://x.example') FROM dual",
        "SELECT sys.dbms_xmlgen.getxml('x') FROM dual", "SELECT httpuritype('http://x.example').getclob() FROM dual",
        "WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM dual",
    ],
    "sqlserver": [
        "SELECT a INTO b FROM t", "EXEC xp_cmdshell 'x'", "xp_cmdshell 'x'", "SELECT NEXT VALUE FOR s",
        "SELECT * FROM OPENROWSET('a', 'b', 'c')", "SELECT * FROM OPENQUERY(srv, 'DELETE')", "UPDATE t SET a = 1",
        "SELECT 1 DROP TABLE x", "SELECT 1 EXEC p", "WAITFOR DELAY '0:0:5'", "SELECT a FROM t WITH (XLOCK)",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("product", "statement"), [(name, one) for name, each in READING.items() for one in each])
def test_statement_that_reads_is_let_through(product, statement):
    check(statement, product)


@pytest.mark.parametrize(("product", "statement"), [(name, one) for name, each in MORE.items() for one in each])
def test_statement_that_does_more_is_refused_in_one_line(product, statement, caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(ValueError, match=r".") as refused:
        check(statement, product)

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250
    assert not [one for one in caplog.records if one.name == "sqlglot"]


GOOD = {
    "target": "db.hanoi.example:5432", "product": "postgresql", "database": "sharing", "user": "reader",
    "query": "SELECT 1 AS a",
}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"query": "DELETE FROM a"}, "the statement is a DELETE; only one statement that reads"),
        ({"query": "SELECT 1; SELECT 2"}, "these are 2 statements; write one"),
        ({"query": "SELECT FROM WHERE"}, "the statement is no SQL of postgresql"),
        ({"product": "sqlite"}, "Input should be"),
        ({"database": ""}, "database is missing"),
        ({"product": "oracle", "database": ""}, "write the service name"),
        ({"user": ""}, "user is empty"),
        ({"tls": False}, "in the clear; write tls: true, or allow_cleartext: true"),
        ({"tls": False, "allow_cleartext": True, "tls_config": {"ca_file": "/a"}}, "tls_config does nothing"),
        ({"allow_cleartext": True}, "allow_cleartext does nothing with TLS"),
        ({"product": "sqlserver", "tls_config": {"insecure_skip_verify": True}}, "ca_file and server_name"),
        ({"time_zone": "Asia/Hanoi-ish"}, "there is no time zone"),
        ({"time_zone": "../../etc/passwd"}, "there is no time zone"),
        ({"max_rows": 0}, "max_rows is 0; write 1 to"),
        ({"max_rows": 1000000}, "max_rows is 1000000; write 1 to"),
        ({"max_cell": 0}, "max_cell is 0"),
        ({"assertions": [{"column": "a"}]}, "write exactly one comparison"),
        ({"assertions": [{"column": "a", "equals": 1, "less_than": 2}]}, "write exactly one comparison"),
        ({"assertions": [{"matches": "x"}]}, "without a column the number of rows is compared"),
        ({"assertions": [{"equals": "x"}]}, "without a column the number of rows is compared"),
        ({"assertions": [{"column": "a", "less_than": 1e999}]}, "not a finite number"),
        ({"readings": {"Bad-name": "a"}}, "no name of a reading"),
        ({"readings": {"sql_rows": "a"}}, "which the monitor itself reports"),
        ({"readings": {"a": "a", "probe_a": "b"}}, "two readings are called probe_a"),
        ({"readings": {f"a{number}": "a" for number in range(21)}}, "more than 20"),
    ],
)
def test_wrong_settings_are_refused_with_a_remedy(settings, message):
    with pytest.raises(ValueError, match=r".") as refused:
        configured(SqlProbe, {**GOOD, **settings})

    assert message in str(refused.value)


def test_source_refuses_the_same():
    with pytest.raises(ValueError, match="the statement is a DELETE"):
        configured(SqlRows, {**GOOD, "query": "DELETE FROM a"})
