"""The application of the local cloud: answers where Wickr's proxy container would, and says what it is."""
