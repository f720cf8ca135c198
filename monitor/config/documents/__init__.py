"""The shapes that files may have, as pydantic models: one file, system, connection or check at a time."""
