"""What crosses between the parent and a child."""
