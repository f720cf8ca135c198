"""Pages for people: rendered here, without JavaScript, in Vietnamese and English."""
