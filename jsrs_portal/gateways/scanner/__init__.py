"""ClamAV: looks into the files that people hand in."""
