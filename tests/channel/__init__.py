"""Makes a real conda channel on disk from what is on the machine, and serves it over HTTP.

Nothing here is downloaded and nothing is taken from elsewhere: packages by hand (`*_samples`),
installed distributions (`wheels`), the running interpreter (`interpreter`). `demo` puts all of it
together, `server` serves it with faults on demand.
"""
