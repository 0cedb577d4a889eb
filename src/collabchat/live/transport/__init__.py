"""The only room that knows the web server: a viewer's socket, and how bytes come in and go out.

frames       what goes over the wire: packed once, the same bytes for everybody
inbound      what a client sends, taken apart by the rules of RFC 6455
contract     what a transport does for its owner, and an owner for its transport
raw          a socket under uvicorn: frames go straight to the network
switchboard  what all raw sockets share: limits and deadlines
http         uvicorn's HTTP, with deadlines; hands an upgrade over to a raw socket
asgi         a socket under any other ASGI server, slower
backlog      readers that are behind: how far, since when, and who has to go
"""
