"""The program: a stack file becomes typed settings, the settings become components, those become outputs."""
