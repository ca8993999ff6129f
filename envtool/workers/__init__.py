"""What runs in processes of its own: work that is thousands of calls to the system.

One interpreter makes these one after the other, whatever threads it has. Who waits for a worker
waits for it to start, too: they load nothing but the standard library, and of that little.
"""
