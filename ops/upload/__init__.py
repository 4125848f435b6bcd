"""What an installation without internet needs, into the bucket that its hosts fetch it from (IG 4.2)."""
