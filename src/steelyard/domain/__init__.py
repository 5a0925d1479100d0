"""The values that cross rooms: frozen, validated at the border, each number with its unit."""
