"""collabchat: live inline discussions for any web page, on your own server."""
