"""What changes for a customer between two plans, in the terms of the guide, and what it costs each host."""
