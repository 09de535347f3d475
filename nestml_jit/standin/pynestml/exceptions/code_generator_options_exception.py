"""The error about an option that does not exist."""


class CodeGeneratorOptionsException(Exception):  # NESTML's name
    """There is no option of code generation of that name."""
