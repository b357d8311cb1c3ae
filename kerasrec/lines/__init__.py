"""Where lines come from: glyphs and text, composed into lines and batches; lines in files with their texts."""
