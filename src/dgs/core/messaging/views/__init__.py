"""Pages of messages: for staff (outbox, conversations, helping, senders, figures), for providers, and the demo's phone."""
