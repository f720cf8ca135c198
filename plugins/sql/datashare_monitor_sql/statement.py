"""Whether a statement only reads: judged by a parser of the database's own dialect, when configuration is read.

What the parser does not know as reading is refused, not let through. The transaction is read-only besides, where the
database has such transactions, and the account should have no right to write; neither is a reason to send a statement
that says it will.
"""

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LONGEST = 20_000
DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "oracle": "oracle", "sqlserver": "tsql"}
"""sqlglot's names."""
EXECUTABLE_COMMENT = re.compile(r"/\*M?!", re.IGNORECASE)
"""MySQL and MariaDB execute what stands in such a comment, and a parser does not see it."""
SHOW = re.compile(r"\s*SHOW\s+[A-Za-z_][\w. ]*\s*;?\s*", re.IGNORECASE | re.ASCII)
"""PostgreSQL's, which has no other form."""
WRITING_FUNCTIONS = re.compile(
    r"nextval|setval|set_config|lo_\w+|pg_(terminate|cancel)_backend|pg_(read|write|ls|stat)_\w*|pg_reload_conf"
    r"|pg_rotate_logfile|pg_switch_wal|pg_create_\w+|pg_drop_\w+|pg_promote|pg_logical_\w+|pg_(try_)?advisory_\w+"
    r"|pg_notify|pg_sleep\w*|pg_file_\w+|dblink\w*|query_to_xml\w*|cursor_to_xml\w*|database_to_xml\w*|copy_\w+"
    r"|sleep|benchmark|get_lock|release_lock|release_all_locks|load_file|sys_exec|sys_eval|master_pos_wait"
    r"|source_pos_wait|wait_for_executed_gtid_set|last_insert_id"
    r"|openrowset|opendatasource|openquery|xp_\w+|sp_\w+|fn_xe_\w+"
    r"|httpuritype|dburitype|xdburitype|urifactory",
    re.IGNORECASE | re.ASCII,
)
"""Functions that change something, wait, or reach out of the database."""
LOCKING_HINTS = frozenset({"UPDLOCK", "XLOCK", "TABLOCK", "TABLOCKX", "HOLDLOCK", "SERIALIZABLE", "PAGLOCK"})
"""Of SQL Server: a reader that holds others up."""
ORACLE_PACKAGES = re.compile(r"(dbms|utl|owa|htp|sys)(_\w+)?", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=1024)
def check(statement: str, product: str) -> None:
    """Return if a statement does nothing but read.

    Raises:
        ValueError: It is none, more than one, or more than reading; says what to write instead.
    """
    if len(statement) > LONGEST:
        raise ValueError(f"the statement is longer than {LONGEST} characters")
    if "\0" in statement:
        raise ValueError("the statement holds a character 0")
    if EXECUTABLE_COMMENT.search(statement):
        raise ValueError("the statement holds a comment that the database executes (/*! … */); leave it out")
    if product == "postgresql" and SHOW.fullmatch(statement):
        return
    for fault in _faults(_parsed(statement, product)):
        raise ValueError(f"{fault}; only one statement that reads is allowed: SELECT, WITH … SELECT, VALUES or SHOW")


def _parsed(statement: str, product: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns with the statement it gives up on
    try:
        found = [one for one in sqlglot.parse(statement, dialect=DIALECTS[product]) if one is not None]
    except SqlglotError as error:
        raise ValueError(f"the statement is no SQL of {product}: {_words(error)}") from None
    except RecursionError:
        raise ValueError("the statement is nested too deep") from None
    if len(found) != 1:
        raise ValueError(f"these are {len(found)} statements; write one" if found else "there is no statement")
    return found[0]


def _words(error: Any) -> str:
    """Return what the parser says, without the statement it repeats."""
    told = getattr(error, "errors", None) or [{}]
    first = told[0]
    place = f", line {first['line']}, column {first['col']}" if first.get("line") else ""
    return f"{str(first.get('description') or 'it cannot be read').splitlines()[0][:100].rstrip('.')}{place}"


def _faults(root: Any) -> Iterator[str]:
    """Yield what of a statement does more than read."""
    from sqlglot import exp

    if not isinstance(root, (exp.Query, exp.Values, exp.Show)):
        yield f"the statement is {_named(root)}"
        return
    writing = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Set, exp.Use, exp.Transaction, exp.Execute)
    for node in root.walk():
        if isinstance(node, writing) and not isinstance(node, exp.Query):
            yield f"the statement holds {_named(node)}"
        elif isinstance(node, exp.NextValueFor):
            yield "the statement takes the next value of a sequence"
        elif isinstance(node, exp.Func):
            yield from _of_function(node)
        elif isinstance(node, exp.Column) and node.name.upper() == "NEXTVAL":
            yield "the statement takes the next value of a sequence"
        elif isinstance(node, exp.Dot):
            yield from _of_package(node)
        elif isinstance(node, exp.WithTableHint):
            hints = {str(hint.name).upper() for hint in node.expressions} & LOCKING_HINTS
            yield from (f"the statement holds the hint {hint}, which locks" for hint in sorted(hints))
        elif isinstance(node, exp.PropertyEQ) and isinstance(node.this, (exp.Parameter, exp.SessionParameter)):
            yield "the statement sets a variable"


def _of_function(node: Any) -> Iterator[str]:
    name = node.name if type(node).__name__ == "Anonymous" else node.sql_name()
    if WRITING_FUNCTIONS.fullmatch(str(name)):
        yield f"the statement calls {str(name).lower()}(), which does more than read"


def _of_package(node: Any) -> Iterator[str]:
    """Oracle's packages: ``dbms_lock.sleep(9)`` is a dot with a function behind it."""
    from sqlglot import exp

    if node.find(exp.Func) and any(ORACLE_PACKAGES.fullmatch(str(part.name)) for part in node.find_all(exp.Identifier)):
        yield f"the statement calls a package of the database, {str(node.this.name).lower()[:40]}"


def _named(node: Any) -> str:
    from sqlglot import exp

    names = {
        exp.Into: "INTO, which writes", exp.Lock: "FOR UPDATE or its kin, which locks rows", exp.Command:
        f"{str(node.this).upper()[:20]}" if isinstance(node, exp.Command) else "",
    }  # fmt: skip
    word = names.get(type(node), type(node).__name__.upper())
    return word if " " in word else f"{'an' if word[:1] in 'AEIOU' else 'a'} {word}"
