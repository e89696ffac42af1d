"""The coordinator's pages about people."""

routes: list[object] = []
