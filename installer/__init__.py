"""How a Linux machine becomes a Wickr host, as text. Pure: values in, text out; nothing here runs anything."""
