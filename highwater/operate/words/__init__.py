"""What the API says, in the words of people. Pure."""
