"""What it costs to tell everybody: our server beside a floor and rivals, in one run. `python -m benchmarks.fanout`."""
