"""The kit: components on plain elements and Tailwind. They take values and event handlers, and know no state."""
