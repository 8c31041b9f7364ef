"""Every error that this package raises on purpose, under one base class; each message may be shown as it is."""


class ServiceError(Exception):
    """Base of all errors of the service."""


class InvalidSetting(ServiceError):
    """A setting is unknown or has a value that it may not have."""


class InvalidParameter(ServiceError):
    """A request's parameter is unknown or has a value that it may not have."""

    def __init__(self, parameter: str, value: object, expected: str) -> None:
        super().__init__(f"{parameter}: expected {expected}, got {value!r}")
        self.parameter = parameter
        self.value = value
        self.expected = expected
