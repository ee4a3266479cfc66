"""What is said to people by e-mail and SMS, through the outbox; not when or why it is said."""
