"""The app that scans for its users (江苏智慧人社): it calls us, so all there is here is its simulator."""
