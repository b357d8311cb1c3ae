"""Lines of text: composed from glyphs and sentences into batches, or stored as files with their texts."""
