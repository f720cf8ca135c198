"""Text that is not YAML: what the parser says of it, in words for whoever wrote it."""

import yaml

from monitor.config.problem import Problem

REMEDIES = {
    "mapping values are not allowed": '; put quotes around text with ": " in it',
    "cannot start any token": "; put quotes around text that begins with @, ` or %",
    "found unexpected end of stream": "; a closing quote is missing",
    "could not find expected ':'": "; write a space behind the colon",
    "unknown escape character": "; in single quotes a backslash is nothing but a backslash",
    "flow": "; look for a missing bracket, brace or comma",
    "did not find expected key": "; look at the indentation, and for a missing quote",
    "did not find expected '-' indicator": "; look at the indentation",
}

SPACES = {
    "\t": "a tab cannot indent YAML; write spaces",
    "\u00a0": "a no-break space cannot indent YAML; type plain spaces instead",
}


def syntax_problem(file: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    """Return what is wrong, where it is to be mended, and how."""
    said = " ".join(f"{error.context or ''} {error.problem or ''}".split())
    has_no_colon = "could not find expected ':'" in said  # it is noticed only on the line below
    mark = (error.context_mark if has_no_colon else error.problem_mark) or error.context_mark or error.problem_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    for number in range(max(0, line - 1), min(line + 1, len(lines))):
        indent = lines[number][: -len(lines[number].lstrip()) or None]
        for space, message in SPACES.items():
            if space in indent:
                return Problem(file=file, line=number + 1, column=indent.index(space) + 1, message=message)
    remedy = _remedy(said, lines[line] if line < len(lines) else "")
    return Problem(file=file, line=line + 1, column=column + 1, message=f"not YAML: {said}{remedy}")


def _remedy(said: str, here: str) -> str:
    if "“" in here or "”" in here:
        return '; “ ” are not quotes here, write "…"'
    if "mapping values are not allowed" in said and f"{here} ".count(": ") == 1:
        return "; this line stands too far to the right, or too far to the left"
    return next((remedy for symptom, remedy in REMEDIES.items() if symptom in said), "")
