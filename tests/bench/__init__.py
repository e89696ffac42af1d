"""How fast it is: each figure beside the ceiling that the same machine reached in the same run. Nothing fails."""
