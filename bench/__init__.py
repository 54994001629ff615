"""Ratios against a bare counterpart, measured side by side in one run; figures alone would only describe a machine."""
