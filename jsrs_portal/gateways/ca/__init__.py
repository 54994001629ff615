"""CAs: fetching their revocation lists, and the demonstration's own CA."""
