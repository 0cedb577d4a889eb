"""The live channel: rooms, their viewers, and the sockets behind them."""
